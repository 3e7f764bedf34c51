"""Writes small models as PyTorch exports them and the gradients that PyTorch finds for them, for gradients.test.ts.

Made with PyTorch 1.13.1 and onnx 1.12.0 of Debian 12: python3 make_gradients.py
"""

import json
import os
import warnings

import torch
from torch import nn
from torch.onnx import TrainingMode

warnings.filterwarnings("ignore")
folder = os.path.dirname(os.path.abspath(__file__))


class Loss(nn.Module):
    """Cross-entropy against given shares, in operators that opset 16 has one by one."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x, target):
        return -(self.model(x).log_softmax(-1) * target).sum(-1).mean()


class Recurrent(nn.Module):
    def __init__(self, kind, layers):
        super().__init__()
        self.recurrent = kind(3, 4, num_layers=layers, bidirectional=True)
        self.read = nn.Linear(8, 3)

    def forward(self, x):
        return self.read(self.recurrent(x)[0].mean(0))


class Rows(nn.Module):
    """Rows of numbers as sequences of so many steps."""

    def __init__(self, steps, model):
        super().__init__()
        self.steps, self.model = steps, model

    def forward(self, x):
        return self.model(x.view(x.shape[0], self.steps, -1).transpose(0, 1))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0, batch_first=True)
        self.read = nn.Linear(8, 3)

    def forward(self, x):
        return self.read(self.layer(x).mean(1))


def picture_network():
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, stride=2, groups=2, padding=1),
        nn.ELU(),
        nn.ConvTranspose2d(6, 3, 3, stride=2, output_padding=1),
        nn.AvgPool2d(3, stride=2, padding=1),
        nn.Flatten(),
        nn.Linear(48, 3),
    )
    with torch.no_grad():
        model[1].running_mean.copy_(torch.tensor([0.1, -0.2, 0.3, 0.0]))
        model[1].running_var.copy_(torch.tensor([0.5, 1.5, 0.8, 1.1]))
    return model


def models():
    double, single = torch.float64, torch.float32
    yield "mlp", double, (4, 6), lambda: nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 8), nn.Sigmoid(), nn.Linear(8, 3))
    yield "cnn", single, (3, 1, 10, 10), picture_network
    yield "gru", double, (5, 2, 3), lambda: Recurrent(nn.GRU, 2)
    yield "lstm", double, (2, 15), lambda: Rows(5, Recurrent(nn.LSTM, 1))
    yield "attention", double, (2, 5, 8), Attention


def numbers(tensor):
    digits = 17 if tensor.dtype == torch.float64 else 9
    return {"shape": list(tensor.shape), "data": [float(f"{value:.{digits}g}") for value in tensor.flatten().tolist()]}



for name, dtype, shape, make in models():
    torch.manual_seed(1)
    loss_of = Loss(make()).to(dtype).eval()
    with torch.no_grad():
        # Parameters that are equal would be one in the file.
        for parameter in loss_of.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = torch.randn(shape, dtype=dtype, requires_grad=True)
    samples = shape[1] if isinstance(loss_of.model, Recurrent) else shape[0]
    target = torch.rand(samples, 3, dtype=dtype).softmax(-1)
    torch.onnx.export(
        loss_of,
        (x, target),
        os.path.join(folder, f"{name}.onnx"),
        opset_version=16,
        # Parameters stay what they are in PyTorch, and the attention what it is made of.
        do_constant_folding=False,
        training=TrainingMode.PRESERVE,
        input_names=["x", "target"],
        output_names=["loss"],
        dynamic_axes={"x": {0: "rows"}, "target": {0: "rows"}} if isinstance(loss_of.model, Rows) else {},
    )
    loss = loss_of(x, target)
    loss.backward()
    gradients = {"x": x.grad, **{key: value.grad for key, value in loss_of.named_parameters()}}
    answer = {
        "type": "float64" if dtype == torch.float64 else "float32",
        "x": numbers(x.detach()),
        "target": numbers(target),
        "loss": loss.item(),
        "gradients": {key: numbers(value) for key, value in gradients.items()},
    }
    with open(os.path.join(folder, f"{name}.json"), "w") as out:
        json.dump(answer, out)
        out.write("\n")
