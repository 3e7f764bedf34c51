"""Writes what PyTorch's optimisers, schedules and losses give, for the tests of this folder and of ../losses.

Made with PyTorch 1.13.1 of Debian 12: python3 make_answers.py
"""

import json
import os

import torch
from torch.optim import lr_scheduler as schedules

torch.set_default_dtype(torch.float64)
folder = os.path.dirname(os.path.abspath(__file__))
START = [-0.4, 0.9, 0.3, -1.1, 0.7, 0.2]
SHOWN = [1, 2, 5, 10, 20]


def valley(p):
    """Rosenbrock's valley in six dimensions, with a floor of 5 instead of 100."""
    return ((1 - p[:-1]) ** 2 + 5 * (p[1:] - p[:-1] ** 2) ** 2).sum()


def trajectory(make, clip=None):
    p = torch.tensor(START, requires_grad=True)
    optimiser = make([p])
    shown = {}
    for step in range(1, 21):
        optimiser.zero_grad()
        valley(p).backward()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([p], clip)
        optimiser.step()
        if step in SHOWN:
            shown[step] = [round(value, 12) for value in p.tolist()]
    return shown


def rates(make, steps=20):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1)
    schedule = make(optimiser)
    found = []
    for _ in range(steps):
        found.append(round(optimiser.param_groups[0]["lr"], 12))
        optimiser.step()
        schedule.step()
    return found


def warm_cosine(optimiser):
    up = schedules.LinearLR(optimiser, start_factor=1 / 5, total_iters=4)
    down = schedules.CosineAnnealingLR(optimiser, T_max=15, eta_min=0.01)
    return schedules.SequentialLR(optimiser, [up, down], milestones=[5])


torch.manual_seed(1)
scores = torch.randn(5, 4).round(decimals=3).requires_grad_()
labels = torch.tensor([0, 3, 1, 1, 2])
one_hot = torch.nn.functional.one_hot(labels, 4).double()


def loss_and_gradient(loss):
    (gradient,) = torch.autograd.grad(loss, scores)
    return {"loss": loss.item(), "gradient": [round(value, 12) for value in gradient.flatten().tolist()]}


F = torch.nn.functional
answers = {
    "start": START,
    "trajectories": {
        "sgd": trajectory(lambda p: torch.optim.SGD(p, lr=0.01)),
        "sgd with decay": trajectory(lambda p: torch.optim.SGD(p, lr=0.01, weight_decay=0.1)),
        "sgd with momentum": trajectory(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8, weight_decay=0.1)),
        "sgd with Nesterov's momentum": trajectory(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.8, nesterov=True)),
        "sgd of clipped gradients": trajectory(lambda p: torch.optim.SGD(p, lr=0.1), clip=1.5),
        "adam": trajectory(lambda p: torch.optim.Adam(p, lr=0.05)),
        "adam with its numbers": trajectory(lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.7, 0.9), eps=1e-3)),
        "adamw": trajectory(lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.2)),
        "rmsprop": trajectory(lambda p: torch.optim.RMSprop(p, lr=0.02)),
        "rmsprop with momentum": trajectory(
            lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-3, momentum=0.5, weight_decay=0.1)
        ),
    },
    "rates": {
        "constant": rates(lambda o: schedules.ConstantLR(o, factor=1)),
        "stepped": rates(lambda o: schedules.StepLR(o, step_size=6, gamma=0.3)),
        "cosine": rates(lambda o: schedules.CosineAnnealingLR(o, T_max=20, eta_min=0.05)),
        "cosine after a rise": rates(warm_cosine),
        "one cycle": rates(lambda o: schedules.OneCycleLR(o, max_lr=1, total_steps=21)),
        "one cycle with its numbers": rates(
            lambda o: schedules.OneCycleLR(o, max_lr=1, total_steps=21, pct_start=0.45, div_factor=10, final_div_factor=20)
        ),
    },
    "losses": {
        "scores": scores.flatten().tolist(),
        "labels": labels.tolist(),
        "crossEntropy": loss_and_gradient(F.cross_entropy(scores, labels)),
        "meanSquaredError": loss_and_gradient(F.mse_loss(scores, one_hot)),
        "hinge": loss_and_gradient(F.multi_margin_loss(scores, labels)),
        "hinge of another margin": loss_and_gradient(F.multi_margin_loss(scores, labels, margin=0.4)),
    },
}
with open(os.path.join(folder, "answers.json"), "w", encoding="utf-8") as file:
    json.dump(answers, file)
    file.write("\n")
