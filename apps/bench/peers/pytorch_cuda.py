"""PyTorch on a CUDA card: float32 without TF32, matrices in place, no autograd; steps as they are, or as a CUDA graph.

The case has no arrays: parameters are zero, and all units are half on.
"""

import sys

try:
    import torch
except ImportError as missing:
    print("error", "missing:", missing, flush=True)
    sys.exit(0)

if not torch.cuda.is_available():
    print("error", "PyTorch", torch.__version__, "has no CUDA device", flush=True)
    sys.exit(0)

from peer import serve

torch.set_grad_enabled(False)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(1)


class Steps:
    """A Bernoulli RBM, and one step of `kind`: cd-1, gibbs (one sweep) or ais (one temperature)."""

    def __init__(self, case):
        torch.cuda.empty_cache()
        settings = case.settings
        visible, hidden, batch = (settings[name] for name in ("visible", "hidden", "batch"))
        self.rate = 0.001 / batch
        self.a, self.b, self.w = (torch.zeros(*shape, device="cuda") for shape in ((visible,), (hidden,), (visible, hidden)))
        self.base = torch.zeros(visible, device="cuda")
        self.data = (torch.rand(batch, visible, device="cuda") < 0.5).float()
        self.visible = self.data.clone()
        self.visible_means, self.visible_uniforms = (torch.empty(batch, visible, device="cuda") for _ in range(2))
        self.positive, self.hidden_means, self.hidden, self.hidden_uniforms = (
            torch.empty(batch, hidden, device="cuda") for _ in range(4)
        )
        self.log_weights = torch.zeros(batch, dtype=torch.float64, device="cuda")
        # On the device, so that a graph reads what is written between its replays.
        self.before, self.beta = (torch.zeros((), device="cuda") for _ in range(2))
        self.step = {"cd-1": self.divergence, "gibbs": self.sweep, "ais": self.temperature}[settings["kind"]]
        self.annealed = settings["kind"] == "ais"
        self.graph = self.capture() if settings["graph"] else None

    def capture(self):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        return graph

    def reset(self):
        for array in (self.a, self.b, self.w, self.log_weights):
            array.zero_()
        self.visible.copy_(self.data)
        torch.cuda.synchronize()

    def steps(self, count):
        for n in range(count):
            if self.annealed:
                self.before.fill_(n / count)
                self.beta.fill_((n + 1) / count)
            if self.graph is None:
                self.step()
            else:
                self.graph.replay()
        torch.cuda.synchronize()

    def draw_visible(self):
        torch.addmm(self.a, self.hidden, self.w.t(), out=self.visible_means).sigmoid_()
        torch.lt(self.visible_uniforms.uniform_(), self.visible_means, out=self.visible)

    def divergence(self):
        torch.addmm(self.b, self.data, self.w, out=self.positive).sigmoid_()
        torch.lt(self.hidden_uniforms.uniform_(), self.positive, out=self.hidden)
        self.draw_visible()
        torch.addmm(self.b, self.visible, self.w, out=self.hidden_means).sigmoid_()
        self.w.addmm_(self.data.t(), self.positive, alpha=self.rate)
        self.w.addmm_(self.visible.t(), self.hidden_means, alpha=-self.rate)
        self.a.add_(self.data.sum(0).sub_(self.visible.sum(0)), alpha=self.rate)
        self.b.add_(self.positive.sum(0).sub_(self.hidden_means.sum(0)), alpha=self.rate)

    def sweep(self):
        torch.addmm(self.b, self.visible, self.w, out=self.hidden_means).sigmoid_()
        torch.lt(self.hidden_uniforms.uniform_(), self.hidden_means, out=self.hidden)
        self.draw_visible()

    def temperature(self):
        torch.addmm(self.b, self.visible, self.w, out=self.positive)
        self.log_weights += self.log_unnormalised(self.beta) - self.log_unnormalised(self.before)
        torch.mul(self.positive, self.beta, out=self.hidden_means).sigmoid_()
        torch.lt(self.hidden_uniforms.uniform_(), self.hidden_means, out=self.hidden)
        torch.mm(self.hidden, self.w.t(), out=self.visible_means)
        self.visible_means.mul_(self.beta).add_(self.a * self.beta + self.base * (1 - self.beta)).sigmoid_()
        torch.lt(self.visible_uniforms.uniform_(), self.visible_means, out=self.visible)

    def log_unnormalised(self, beta):
        """log of the unnormalised probability of the visible units, up to the base's own share of the hidden ones."""
        bias = self.a * beta + self.base * (1 - beta)
        return torch.nn.functional.softplus(self.positive * beta).sum(1) + self.visible @ bias


serve({"program": "PyTorch", "version": f"{torch.__version__} ({torch.cuda.get_device_name()})"}, Steps)
