// The numbers of the chosen neuron, to read and to change: what it multiplies each of its inputs by, and its bias.
class Fields {
  fields = [];

  constructor(page, box) {
    Object.assign(this, { page, box });
  }

  make(node) {
    const { moment } = this.page;
    const isOutput = moment.isOutput(node);
    this.box.replaceChildren();
    const name = isOutput ? "Output" : moment.nodeName(node);
    const what = isOutput ? "sigmoid" : spaced(moment.now.activation);
    element(this.box, "h4", {}, `${name} = ${what} of the sum of`);
    const list = element(this.box, "div", { class: "pg-fields" });
    const inputs = moment.inputsOf(node.layer - 1);
    this.fields = Array.from({ length: inputs }, (_, input) => this.makeWeight(list, node, input));
    this.fields.push(this.makeBias(list, node));
    this.fill();
  }

  makeWeight(list, node, input) {
    const layer = node.layer - 1;
    const read = () => this.page.moment.weightOf({ layer, input, neuron: node.i });
    const label = `${this.page.moment.inputName(layer, input)} ×`;
    return this.makeField(list, node, label, read, ["weight", layer, input, node.i]);
  }

  makeBias(list, node) {
    const layer = node.layer - 1;
    return this.makeField(list, node, "bias", () => this.page.moment.biasOf(layer, node.i), ["bias", layer, node.i]);
  }

  // change: what Python is asked to change, without the value
  makeField(list, node, label, read, change) {
    const name = `${this.page.moment.nodeName(node)}: ${label}`;
    const attributes = { type: "text", inputmode: "decimal", "aria-label": name };
    const box = element(element(list, "label", {}, label), "input", attributes);
    box.onchange = () => this.page.ask({ do: "change", change: [...change, typed(box.value)] });
    return { box, read };
  }

  // Show the numbers of now, except in the field in which somebody types.
  fill() {
    for (const { box, read } of this.fields) {
      const number = read();
      const value = Number.isFinite(number) ? signed(number, 3) : String(number);
      if (!isFocused(box) && box.value !== value) box.value = value;
    }
  }

  // Go to the field of an input's weight; behind those of the weights comes that of the bias.
  select(input = this.fields.length - 1) {
    this.fields[input].box.select();
  }
}
