"""scikit-learn's BernoulliRBM in float32. Its only estimator is PCD-1 with as many chains as samples in a batch."""

import sys

try:
    import numpy as np
    import sklearn
    from sklearn.neural_network import BernoulliRBM
except ImportError as missing:
    print("error", "missing:", missing, flush=True)
    sys.exit(0)

from peer import mean_change, serve


class Machine:
    def __init__(self, case):
        visible, hidden = case.arrays["weights"].shape
        self.case = case
        self.batch = case.settings["batch"]
        self.data = case.arrays["data"].astype("float32")
        self.model = BernoulliRBM(n_components=hidden, batch_size=self.batch)
        self.random = np.random.RandomState(1)
        self.start = {
            "intercept_visible_": case.arrays["visible_bias"].astype("float32"),
            "intercept_hidden_": case.arrays["hidden_bias"].astype("float32"),
            "components_": np.asarray(case.arrays["weights"].T, order="F", dtype="float32"),
        }

    def reset(self):
        for name, start in self.start.items():
            setattr(self.model, name, start.copy(order="K"))
        # Chains start from the data where the case has none of its own.
        visible = self.case.arrays.get("chains", self.case.arrays["data"])[: self.batch].astype("float32")
        means = self.model._mean_hiddens(visible)
        self.model.h_samples_ = (self.random.uniform(size=means.shape) < means).astype("float32")

    def steps(self, count, rate=None):
        self.model.learning_rate = self.case.settings["rate"] if rate is None else rate
        batches = len(self.data) // self.batch
        for n in range(count):
            at = n % batches * self.batch
            self.model._fit(self.data[at : at + self.batch], self.random)

    def check(self, repeats):
        parameters = {
            "visible_bias": lambda: self.model.intercept_visible_,
            "hidden_bias": lambda: self.model.intercept_hidden_,
            "weights": lambda: self.model.components_.T,
        }
        return mean_change(self, repeats, parameters)


serve({"program": "scikit-learn", "version": sklearn.__version__}, Machine)
