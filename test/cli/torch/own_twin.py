"""Exports a small network as a twin of the optical bench for vowels: python3 own_twin.py own-twin.onnx (PyTorch 1.13)."""

import sys

import torch


class Twin(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.drive = torch.nn.Linear(48, 12)
        self.setting = torch.nn.Linear(60, 12)
        self.out = torch.nn.Linear(12, 48)

    def forward(self, drive, setting):
        return torch.nn.functional.softplus(self.out(torch.tanh(self.drive(drive) + self.setting(setting))))


torch.manual_seed(1)
torch.onnx.export(
    Twin(),
    (torch.zeros(3, 48), torch.zeros(60)),
    sys.argv[1],
    input_names=["drive", "setting"],
    output_names=["spectrum"],
    dynamic_axes={"drive": {0: "rows"}, "spectrum": {0: "rows"}},
)
