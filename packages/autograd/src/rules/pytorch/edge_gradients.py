"""Writes edge_gradients.json: what PyTorch has for gradients at kinks, ties, zeros and infinities.

    python3 edge_gradients.py        (Debian 12: python3-torch 1.13)
"""

import json
import pathlib

import torch
import torch.nn.functional as F

INF = float("inf")


def case(op, function, inputs, attributes=None, fixed=(), cotangent=None):
    tensors = [torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in inputs]
    made = function(*tensors)
    weights = torch.ones_like(made) if cotangent is None else torch.tensor(cotangent, dtype=torch.float64)
    made.backward(weights)
    return {
        "op": op,
        "attributes": attributes or {},
        "cotangent": {"shape": list(made.shape), "values": weights.flatten().tolist()},
        "inputs": [{"shape": list(t.shape), "values": t.detach().flatten().tolist()} for t in tensors],
        "gradients": [None if at in fixed else t.grad.flatten().tolist() for at, t in enumerate(tensors)],
    }


ZERO_ROWS = [[2.0, 3.0, -4.0], [2.0, 0.0, -4.0], [0.0, 3.0, 0.0]]
TIES = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [3.0, 1.0, 2.0]]

CASES = [
    case("Sqrt", torch.sqrt, [[0.0, 1.0]]),
    case("Log", torch.log, [[0.0, 1.0]]),
    case("Abs", torch.abs, [[-1.0, 0.0, 1.0]]),
    case("Sigmoid", torch.sigmoid, [[-800.0, -30.0, 0.0, 30.0, 800.0]]),
    case("Tanh", torch.tanh, [[-800.0, 0.0, 800.0]]),
    case("Softplus", lambda x: F.softplus(x, threshold=1000), [[-800.0, 0.0, 30.0]]),
    case("Softsign", F.softsign, [[-1.0, 0.0, 1.0]]),
    case("Erf", torch.erf, [[-40.0, 0.0, 40.0]]),
    case("Gelu", F.gelu, [[-40.0, 0.0, 40.0]]),
    case("Relu", F.relu, [[-1.0, 0.0, 1.0]]),
    case("LeakyRelu", lambda x: F.leaky_relu(x, 0.25), [[-1.0, 0.0, 1.0]], {"alpha": 0.25}),
    case("PRelu", F.prelu, [[-1.0, 0.0, 1.0], [0.25]]),
    case("Elu", lambda x: F.elu(x, 0.5), [[-800.0, 0.0, 1.0]], {"alpha": 0.5}),
    case("Selu", F.selu, [[-800.0, 0.0, 1.0]]),
    case("Celu", lambda x: F.celu(x, 0.5), [[-800.0, 0.0, 1.0]], {"alpha": 0.5}),
    case("HardSigmoid", F.hardsigmoid, [[-4.0, -3.0, 0.0, 3.0, 4.0]], {"alpha": 1 / 6}),
    case("HardSwish", F.hardswish, [[-4.0, -3.0, 0.0, 3.0, 4.0]]),
    case("ThresholdedRelu", lambda x: F.threshold(x, 1.0, 0.0), [[0.0, 1.0, 2.0]]),
    case("Shrink", lambda x: F.hardshrink(x, 0.5), [[-1.0, -0.5, 0.0, 0.5, 1.0]]),
    case("Clip", lambda x, low, high: torch.clamp(x, low, high), [[-2.0, -1.0, 0.0, 1.0, 2.0], -1.0, 1.0]),
    case("Clip", lambda x, low, high: torch.clamp(x, low, high), [[-2.0, 0.0, 2.0], 1.0, -1.0]),
    case("Max", torch.maximum, [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]),
    case("Min", torch.minimum, [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]),
    case("Pow", torch.pow, [[0.0, 0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.5, 0.0]]),
    case("Pow", lambda x, y: torch.pow(x, 2), [[-2.0, 0.0, 2.0], 2.0], fixed=[1]),
    case("Pow", lambda x, y: torch.pow(x, 0.5), [[0.0, 4.0], 0.5], fixed=[1]),
    case("Pow", lambda x, y: torch.pow(x, 0), [[0.0, 4.0], 0.0], fixed=[1]),
    case("ReduceProd", lambda x: x.prod(1), [ZERO_ROWS], {"axis": 1}),
    case("ReduceMax", lambda x: x.amax(1), [TIES], {"axis": 1}),
    case("ReduceMin", lambda x: x.amin(1), [TIES], {"axis": 1}),
    case("ReduceL2", lambda x: x.norm(2, 1), [[[3.0, 4.0], [0.0, 0.0]]], {"axis": 1}),
    case("ReduceL1", lambda x: x.norm(1, 1), [[[3.0, -4.0], [0.0, 0.0]]], {"axis": 1}),
    case("ReduceLogSumExp", lambda x: x.logsumexp(1), [[[1000.0, 1000.0], [-1000.0, 0.0]]], {"axis": 1}),
    case("Softmax", lambda x: x.softmax(1), [[[1000.0, 0.0], [-INF, 0.0]]], cotangent=[[1.0, 0.0], [1.0, 0.0]]),
    case("LogSoftmax", lambda x: x.log_softmax(1), [[[1000.0, 0.0], [0.0, 1000.0]]], cotangent=[[1.0, 0.0], [1.0, 0.0]]),
]


def named(value):
    """JSON knows neither infinities nor what is not a number."""
    if isinstance(value, float) and (value != value or value in (INF, -INF)):
        return str(value)
    if isinstance(value, dict):
        return {key: named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item) for item in value]
    return value


path = pathlib.Path(__file__).with_name("edge_gradients.json")
path.write_text("[\n" + ",\n".join("  " + json.dumps(named(drawn)) for drawn in CASES) + "\n]\n")
