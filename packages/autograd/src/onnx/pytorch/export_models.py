"""Writes the models beside this file and what PyTorch answers, for load-pytorch.test.ts.

Made with PyTorch 1.13.1 and onnx 1.12.0 of Debian 12: python3 export_models.py
"""

import json
import os
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
folder = os.path.dirname(os.path.abspath(__file__))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)

    def forward(self, x):
        return self.layer(x).mean(1)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.recurrent = kind(3, 4, bidirectional=True, batch_first=True)
        self.read = nn.Linear(8, 3)

    def forward(self, x):
        return self.read(self.recurrent(x)[0][:, -1]).log_softmax(-1)


class Elementwise(nn.Module):
    def forward(self, x):
        left, right = torch.clamp(x, -1, 1).chunk(2, 1)
        z = torch.where(left > right, left.pow(2), torch.erf(right)).cumsum(1)
        z = torch.cat([z, z.flip(1)], 1).unsqueeze(1).expand(-1, 3, -1).reshape(x.shape[0], -1)
        largest = z.topk(4, 1)[0]
        return nn.functional.pad(largest, (1, 2), value=0.5) / (z.norm(dim=1, keepdim=True) + 1)


def models():
    yield "mlp", (9, 16), torch.randn(4, 6), nn.Sequential(
        nn.Linear(6, 10), nn.GELU(), nn.Dropout(0.3), nn.Linear(10, 3), nn.Softmax(-1)
    )
    yield "pictures", (9, 16), torch.randn(2, 1, 12, 12), nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, stride=2, groups=2),
        nn.ELU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    )
    yield "sound", (9, 11, 16), torch.randn(2, 2, 20), nn.Sequential(
        nn.Conv1d(2, 4, 5, dilation=2),
        nn.LeakyReLU(),
        nn.Upsample(scale_factor=2),
        nn.ConvTranspose1d(4, 2, 3, stride=2, output_padding=1),
        nn.AvgPool1d(2),
    )
    yield "norms", (9, 16), torch.randn(2, 4, 5, 5), nn.Sequential(
        nn.GroupNorm(2, 4),
        nn.InstanceNorm2d(4),
        nn.LayerNorm([5, 5]),
        nn.PReLU(4),
        nn.Hardswish(),
        nn.PixelShuffle(2),
    )
    yield "elementwise", (11, 16), torch.randn(3, 8), Elementwise()
    yield "gru", (9, 16), torch.randn(2, 6, 3), Recurrent(nn.GRU)
    yield "lstm", (9, 16), torch.randn(2, 6, 3), Recurrent(nn.LSTM)
    yield "attention", (9, 16), torch.randn(2, 5, 8), Attention()


torch.manual_seed(0)
answers = {}
for name, opsets, x, model in models():
    model.eval()
    files = [f"{name}-{opset}.onnx" for opset in opsets]
    for file, opset in zip(files, opsets):
        torch.onnx.export(
            model,
            x,
            os.path.join(folder, file),
            opset_version=opset,
            input_names=["x"],
            output_names=["y"],
            dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        )
    with torch.no_grad():
        y = model(x)
    tensors = {key: {"shape": list(t.shape), "data": t.flatten().tolist()} for key, t in (("x", x), ("y", y))}
    answers[name] = {"files": files, **tensors}
with open(os.path.join(folder, "answers.json"), "w") as out:
    # Nine digits tell every number of single precision from the next.
    json.dump(json.loads(json.dumps(answers), parse_float=lambda text: float(f"{float(text):.9g}")), out)
    out.write("\n")
