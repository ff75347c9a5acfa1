// One moment of the run, as Python's last frame tells it: the network's shape, its numbers, and the names of its parts.
// Nodes and links are those of playground_network.js, by their layer and number.
const SHOWN = {
  "x1": "x₁",
  "x2": "x₂",
  "x1**2": "x₁²",
  "x2**2": "x₂²",
  "x1*x2": "x₁·x₂",
  "sin(x1)": "sin x₁",
  "sin(x2)": "sin x₂",
};

class Moment {
  // fixed, frame, data: the traits of that name, as playground.py writes them
  constructor(fixed, frame, data) {
    Object.assign(this, { fixed, frame, now: frame.now });
    this.active = this.now.features.map((feature) => fixed.features.indexOf(feature));
    this.shape = [fixed.features.length, ...this.now.hidden, 1];
    this.weights = numbers(frame.weights);
    this.curve = numbers(frame.curve);
    this.data = { points: numbers(data.points), train: data.train };
    // Where each layer's kernel begins, and after it its bias.
    this.offsets = [0];
    for (let l = 0; l + 1 < this.shape.length; l++) {
      this.offsets.push(this.offsets[l] + (this.inputsOf(l) + 1) * this.shape[l + 1]);
    }
  }

  inputsOf(layer) {
    return layer === 0 ? this.active.length : this.shape[layer];
  }

  weightOf({ layer, input, neuron }) {
    return this.weights[this.offsets[layer] + input * this.shape[layer + 1] + neuron];
  }

  biasOf(layer, neuron) {
    return this.weightOf({ layer, input: this.inputsOf(layer), neuron });
  }

  isOutput({ layer }) {
    return layer === this.shape.length - 1;
  }

  // Whether the network uses the node: every neuron, and the features that are chosen.
  isOn({ layer, i }) {
    return layer > 0 || this.active.includes(i);
  }

  // What the layer's input is called, counted from 0.
  inputName(layer, input) {
    return layer === 0 ? this.featureName(this.active[input]) : `neuron ${input + 1}`;
  }

  featureName(i) {
    return SHOWN[this.fixed.features[i]];
  }

  nodeName(node) {
    if (node.layer === 0) return `Feature ${this.featureName(node.i)}`;
    if (this.isOutput(node)) return "Output: probability of class 1";
    return `Hidden layer ${node.layer}, neuron ${node.i + 1}`;
  }

  // The number of a neuron's picture among all of the frame's.
  pictureNumber({ layer, i }) {
    return this.shape.slice(1, layer).reduce((sum, count) => sum + count, 0) + i;
  }

  // A node's values over the plane: one byte for each pixel, and [the lowest, the highest].
  bytesOf(node) {
    const { grid } = this.fixed;
    const [view, number] = this.whereIs(node, this.fixed.feature_pictures, this.frame.pictures);
    return new Uint8Array(view.buffer, view.byteOffset + number * grid * grid, grid * grid);
  }

  rangeOf(node) {
    const [view, number] = this.whereIs(node, this.fixed.feature_ranges, this.frame.ranges);
    return numbers(view).slice(2 * number, 2 * number + 2);
  }

  whereIs(node, features, neurons) {
    return node.layer === 0 ? [features, node.i] : [neurons, this.pictureNumber(node)];
  }

  // The colours for a node's bytes.
  shadesOf(node) {
    return this.isOutput(node) ? SURE : SHADES;
  }
}
