/** Exact quantities of a model at its present parameters: a snapshot that later training does not change. */
export interface Exact {
  /** `log Z`, in nats. */
  readonly logPartition: number;
  /** How many states were visited; 0 where a closed form took their place, as for Gaussian units alone. */
  readonly states: number;
  /** `⟨−∂E/∂λ⟩` under the model, laid out like its parameters: the negative phase. */
  readonly statistics: Float64Array;
  /** Means of each layer's units under the model, `[units · width]`, by the layer's name: the marginals. */
  readonly means: Readonly<Record<string, Float64Array>>;
}
