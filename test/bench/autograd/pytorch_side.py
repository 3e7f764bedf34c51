"""PyTorch's side of `npm run bench -- autograd`: one JSON request a line in, one JSON answer a line out."""

import base64
import json
import sys
import time

import torch
from torch import nn

SWING_STEPS = 5
SWING_DURATION = 0.5


def tensor_of(sent):
    data = bytearray(base64.b64decode(sent["data"]))
    dtype = torch.int64 if sent["type"] == "int64" else torch.float32
    return torch.frombuffer(data, dtype=dtype).reshape(sent["shape"]).clone()


def forces(parameters, n):
    """Matrix and torques of q'' = matrix . sin(q) + torques from the couplings [n, n] and torques [n]."""
    couplings, torques = parameters[: n * n].view(n, n), parameters[n * n :]
    mean = (couplings + couplings.T) / 2
    return mean - torch.diag(mean.sum(1) + mean.diagonal() + 1), torques


def swing(angles, matrix, torques, angle_factor=1.0):
    """The classical Runge-Kutta method for (q, q'), as it is usually written."""

    def acceleration(q):
        return torch.sin(q if angle_factor == 1.0 else angle_factor * q) @ matrix + torques

    h = SWING_DURATION / SWING_STEPS
    q, v = angles, torch.zeros_like(angles)
    for _ in range(SWING_STEPS):
        k1, l1 = v, acceleration(q)
        k2, l2 = v + h / 2 * l1, acceleration(q + h / 2 * k1)
        k3, l3 = v + h / 2 * l2, acceleration(q + h / 2 * k2)
        k4, l4 = v + h * l3, acceleration(q + h * k3)
        q = q + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        v = v + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return q


def swing_in_three_places(angles, matrix, torques, angle_factor=1.0):
    """The same method with what is known beforehand left out (Nystroem 1925): 18 accelerations in place of 20."""

    def acceleration(q):
        return torch.addmm(torques, torch.sin(q if angle_factor == 1.0 else angle_factor * q), matrix)

    h = SWING_DURATION / SWING_STEPS
    q, v = angles, None
    for step in range(SWING_STEPS):
        half = q if v is None else torch.add(q, v, alpha=h / 2)
        whole = q if v is None else torch.add(q, v, alpha=h)
        a1 = acceleration(q)
        a2 = a1 if v is None else acceleration(half)
        a3 = acceleration(torch.add(half, a1, alpha=h * h / 4))
        between = a2 + a3
        q = torch.add(whole, a1 + between, alpha=h * h / 6)
        if step < SWING_STEPS - 1:
            a4 = acceleration(torch.add(whole, a2, alpha=h * h / 2))
            push = torch.add(a1 + a4, between, alpha=2)
            v = push * (h / 6) if v is None else torch.add(v, push, alpha=h / 6)
    return q


def through_device(device, twin):
    """Forward what the device gives, backward the vector-Jacobian product of the twin at the same drive."""

    class Measured(torch.autograd.Function):
        @staticmethod
        def forward(ctx, drive, parameters):
            ctx.save_for_backward(drive, parameters)
            return device(drive, parameters)

        @staticmethod
        def backward(ctx, cotangent):
            drive, parameters = (saved.detach().requires_grad_(True) for saved in ctx.saved_tensors)
            wanted = [value for value, needed in zip((drive, parameters), ctx.needs_input_grad) if needed]
            with torch.enable_grad():
                found = iter(torch.autograd.grad(twin(drive, parameters), wanted, cotangent))
            return tuple(next(found) if needed else None for needed in ctx.needs_input_grad)

    return Measured.apply


class Pendulums(nn.Module):
    def __init__(self, sizes, classes, angle_factor, way):
        super().__init__()
        first, second = sizes
        self.first, self.second = (nn.Parameter(torch.zeros(n * n + n)) for n in sizes)
        self.gain = nn.Parameter(torch.zeros(1))
        self.classes = classes

        def layer(n):
            def twin(drive, parameters):
                return way(drive, *forces(parameters, n))

            def device(drive, parameters):
                return way(drive, *forces(parameters, n), angle_factor)

            return through_device(device, twin)

        self.swings = layer(first), layer(second)
        self.resting = second - first

    def forward(self, x):
        q = self.swings[0](x, self.first)
        q = self.swings[1](nn.functional.pad(q, (0, self.resting)), self.second)
        return q[:, -self.classes :] * self.gain


class Perceptron(nn.Module):
    """Weights lie as [inputs, outputs], as they are sent."""

    def __init__(self, widths):
        super().__init__()
        self.own = nn.ParameterList()
        for inputs, outputs in zip(widths, widths[1:]):
            self.own.append(nn.Parameter(torch.zeros(inputs, outputs)))
            self.own.append(nn.Parameter(torch.zeros(outputs)))

    def forward(self, x):
        for weight, bias in zip(self.own[:-2:2], self.own[1:-2:2]):
            x = torch.relu(torch.addmm(bias, x, weight))
        return torch.addmm(self.own[-1], x, self.own[-2])


class Convolutions(nn.Module):
    def __init__(self, channels, size, classes):
        super().__init__()
        parts = []
        for inputs, outputs in zip(channels, channels[1:]):
            parts += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            size //= 2
        self.parts = nn.Sequential(*parts, nn.Flatten(), nn.Linear(channels[-1] * size * size, classes))

    def forward(self, x):
        return self.parts(x)


def network_of(request):
    kind = request["network"]
    if kind == "pendulums":
        ways = {"plain": swing, "three places": swing_in_three_places}
        return Pendulums(request["sizes"], request["classes"], request["angleFactor"], ways[request["way"]])
    if kind == "perceptron":
        return Perceptron(request["widths"])
    return Convolutions(request["channels"], request["size"], request["classes"])


class Training:
    def __init__(self, request):
        self.network = network_of(request)
        nn.utils.vector_to_parameters(tensor_of(request["parameters"]), self.network.parameters())
        self.inputs, self.labels = tensor_of(request["inputs"]), tensor_of(request["labels"])
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=request["rate"])

    def steps(self, count):
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(count):
            self.optimiser.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(self.network(self.inputs), self.labels)
            loss.backward()
            self.optimiser.step()
            last = loss.item()
        return {
            "loss": last,
            "wallSeconds": (time.perf_counter() - wall) / count,
            "processorSeconds": (time.process_time() - processor) / count,
        }

    def parameters(self):
        with torch.no_grad():
            flat = nn.utils.parameters_to_vector(self.network.parameters()).contiguous()
        return {"data": base64.b64encode(flat.numpy().tobytes()).decode()}


def blas_library():
    """The library behind the matrix products, as this process has it mapped."""
    try:
        with open("/proc/self/maps", encoding="utf8") as maps:
            paths = {line.split()[-1] for line in maps if "blas" in line or "mkl_rt" in line}
    except OSError:
        return "unknown"
    names = sorted({path.rsplit("/", 1)[-1] for path in paths})
    return ", ".join(names) or "built in"


def main():
    trainings = []
    for line in sys.stdin:
        request = json.loads(line)
        do = request["do"]
        if do == "open":
            torch.set_num_threads(request["threads"])
            answer = {"version": torch.__version__, "blas": blas_library(), "threads": torch.get_num_threads()}
        elif do == "make":
            trainings.append(Training(request))
            answer = {"training": len(trainings) - 1}
        elif do == "steps":
            answer = trainings[request["training"]].steps(request["count"])
        else:
            answer = trainings[request["training"]].parameters()
        print(json.dumps(answer), flush=True)


main()
