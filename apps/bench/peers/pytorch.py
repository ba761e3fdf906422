"""PyTorch on the CPU: float32, matrices in place, no autograd."""

import sys

try:
    import torch
except ImportError as missing:
    print("error", "missing:", missing, flush=True)
    sys.exit(0)

import os

from peer import mean_change, serve

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.set_grad_enabled(False)
torch.manual_seed(1)


def tensor(array):
    return torch.from_numpy(array.astype("float32"))


class Machine:
    """A Bernoulli RBM with rooms for what a step needs."""

    def __init__(self, case):
        self.start = [tensor(case.arrays[name]) for name in ("visible_bias", "hidden_bias", "weights")]
        self.a, self.b, self.w = (part.clone() for part in self.start)
        self.data = tensor(case.arrays["data"])
        self.settings = case.settings

    def reset(self):
        for live, start in zip((self.a, self.b, self.w), self.start):
            live.copy_(start)

    def rooms(self, rows):
        visible, hidden = self.w.shape
        self.positive = torch.empty(rows, hidden)
        self.hidden_means = torch.empty(rows, hidden)
        self.hidden = torch.empty(rows, hidden)
        self.hidden_uniforms = torch.empty(rows, hidden)
        self.visible_means = torch.empty(rows, visible)
        self.visible = torch.empty(rows, visible)
        self.visible_uniforms = torch.empty(rows, visible)

    def draw_hidden(self, means):
        torch.lt(self.hidden_uniforms.uniform_(), means, out=self.hidden)

    def draw_visible(self):
        torch.addmm(self.a, self.hidden, self.w.t(), out=self.visible_means).sigmoid_()
        torch.lt(self.visible_uniforms.uniform_(), self.visible_means, out=self.visible)

    def check(self, repeats):
        parameters = {
            "visible_bias": lambda: self.a.numpy(),
            "hidden_bias": lambda: self.b.numpy(),
            "weights": lambda: self.w.numpy(),
        }
        return mean_change(self, repeats, parameters)


class ContrastiveDivergence(Machine):
    """CD-k, or PCD-k where the case has chains. Chains are kept as hidden states, as scikit-learn does."""

    def __init__(self, case):
        super().__init__(case)
        self.batch = case.settings["batch"]
        self.rooms(self.batch)
        chains = case.arrays.get("chains")
        self.chains = None if chains is None else tensor(chains)

    def reset(self):
        super().reset()
        if self.chains is not None:
            self.draw_hidden(torch.addmm(self.b, self.chains, self.w).sigmoid_())

    def steps(self, count, rate=None):
        rate = self.settings["rate"] if rate is None else rate
        batches = len(self.data) // self.batch
        for n in range(count):
            at = n % batches * self.batch
            self.step(self.data[at : at + self.batch], rate / self.batch)

    def step(self, data, rate):
        torch.addmm(self.b, data, self.w, out=self.positive).sigmoid_()
        if self.chains is None:
            self.draw_hidden(self.positive)
        for sweep in range(self.settings["k"]):
            if sweep > 0:
                self.draw_hidden(self.hidden_means)
            self.draw_visible()
            torch.addmm(self.b, self.visible, self.w, out=self.hidden_means).sigmoid_()
        self.w.addmm_(data.t(), self.positive, alpha=rate)
        self.w.addmm_(self.visible.t(), self.hidden_means, alpha=-rate)
        self.a.add_(data.sum(0).sub_(self.visible.sum(0)), alpha=rate)
        self.b.add_(self.positive.sum(0).sub_(self.hidden_means.sum(0)), alpha=rate)
        if self.chains is not None:
            # Drawn before the update's effect on the means, which saves a product.
            self.draw_hidden(self.hidden_means)


class Annealing(Machine):
    """Annealed importance sampling from independent visible units; steps are temperatures."""

    def __init__(self, case):
        super().__init__(case)
        self.base = tensor(case.arrays["base"])
        self.rooms(case.settings["chains"])

    def steps(self, count):
        self.visible.copy_(torch.bernoulli(torch.sigmoid(self.base).expand_as(self.visible)))
        self.preactivations = torch.empty_like(self.hidden)
        self.log_weights = torch.zeros(len(self.visible), dtype=torch.float64)
        for n in range(count):
            before, beta = n / count, (n + 1) / count
            torch.addmm(self.b, self.visible, self.w, out=self.preactivations)
            self.log_weights += self.log_unnormalised(beta) - self.log_unnormalised(before)
            torch.mul(self.preactivations, beta, out=self.hidden_means).sigmoid_()
            self.draw_hidden(self.hidden_means)
            bias = self.a * beta + self.base * (1 - beta)
            torch.addmm(bias, self.hidden, self.w.t(), alpha=beta, out=self.visible_means).sigmoid_()
            torch.lt(self.visible_uniforms.uniform_(), self.visible_means, out=self.visible)

    def log_unnormalised(self, beta):
        """log of the unnormalised probability of the visible units, up to the base's own share of the hidden ones."""
        bias = self.a * beta + self.base * (1 - beta)
        return torch.nn.functional.softplus(self.preactivations * beta).sum(1) + self.visible @ bias

    def check(self, repeats):
        log_weights = []
        for _ in range(repeats):
            self.reset()
            self.steps(self.settings["temperatures"])
            log_weights.append(self.log_weights.clone())
        return {"log_weights": torch.cat(log_weights).numpy()}


serve(
    {"program": "PyTorch", "version": torch.__version__},
    lambda case: (Annealing if case.settings["kind"] == "annealing" else ContrastiveDivergence)(case),
)
