// The maps of a Keras model's layers. Python runs the model; this side draws, and takes what a hand does.
class MapsView {
  constructor(model, el) {
    Object.assign(this, { model, teller: new Teller(model), grids: [], parts: [], ink: 1 });
    const row = element(el, "div", { class: "grid-row" });
    this.layer = element(element(row, "label", {}, "layer"), "select", { "aria-label": "layer" });
    for (const name of model.get("layers")) element(this.layer, "option", { value: name }, name);
    this.layer.onchange = () => this.teller.tell("layer", this.layer.value);
    button(row, "clear the picture", () => this.clear());
    const top = element(el, "div", { class: "course-picture grid-row grid-pictures" });
    this.picture = new Grid(top, "picture: press to paint", 150, {
      onPlace: (place, pressed) => this.overPicture(place, pressed),
      onPress: (place) => this.begin(place),
      cursor: true,
    });
    this.reading = readout(element(top, "div", { class: "grid-middle" }), "grid-reading");
    this.maps = element(top, "div", { class: "grid-maps" });
    this.bottom = element(el, "div", { class: "course-picture grid-row grid-pictures" });
    this.large = new Grid(this.bottom, "the chosen map: point at it", 200, {
      onPlace: (place) => this.look(place, -1),
    });
    const beside = element(this.bottom, "div", { class: "grid-beside" });
    this.words = readout(beside, "course-text grid-words");
    this.sources = element(beside, "div", { class: "grid-maps" });
    this.problem = alarm(el);
  }

  clear() {
    this.tellImage(this.model.get("image").map((row) => row.map((pixel) => pixel.map(() => 0))));
  }

  begin([row, column]) {
    const full = this.full();
    this.ink = this.model.get("seen")[row][column] > full / 2 ? 0 : full;
    this.paint([row, column]);
  }

  overPicture(place, pressed) {
    this.picture.marked = place;
    if (pressed) this.paint(place);
    this.drawPicture();
  }

  // What is full ink: 1, or the most there is in a picture of numbers up to 255, say.
  full() {
    return Math.max(1, largest(this.model.get("seen")));
  }

  drawPicture() {
    const seen = this.model.get("seen");
    this.picture.draw(seen, { most: this.full(), signed: seen.flat().some((value) => value < 0) });
  }

  paint([row, column]) {
    const image = structuredClone(this.model.get("image"));
    if (image[row][column].every((value) => value === this.ink)) return;
    image[row][column] = image[row][column].map(() => this.ink);
    this.tellImage(image);
  }

  tellImage(image) {
    this.teller.tell("image", image);
  }

  // A number of the chosen map, or, if a channel is given, what this one adds to it.
  look(place, channel) {
    this.model.set("channel", channel);
    this.teller.tell("place", place);
  }

  // As many small grids as are needed; those that are there are kept.
  fit(grids, parent, count, size, options) {
    while (grids.length < count) grids.push(new Grid(parent, "", size, options(grids.length)));
    for (const [k, grid] of grids.entries()) grid.canvas.parentNode.hidden = k >= count;
  }

  draw() {
    const maps = this.model.get("maps");
    const [chosen, place] = [this.model.get("map"), this.model.get("place")];
    const most = Math.max(...maps.map(largest));
    this.layer.value = this.model.get("layer");
    this.drawPicture();
    const pressed = (k) => ({ onPlace: () => {}, onPress: () => this.teller.tell("map", k) });
    this.fit(this.grids, this.maps, maps.length, 52, pressed);
    for (const [k, values] of maps.entries()) {
      const frame = k === chosen ? [0, 0, values.length, values[0].length] : null;
      this.grids[k].title.textContent = k;
      this.grids[k].canvas.setAttribute("aria-label", `map ${k}: press to take it to pieces`);
      this.grids[k].draw(values, { signed: true, most, frame });
    }
    this.large.marked = place;
    if (maps[chosen]) this.large.draw(maps[chosen], { signed: true, most, frame: [...place, 1, 1] });
    this.drawParts();
    this.reading.textContent = this.model.get("output");
    this.words.textContent = this.model.get("sentence");
    complain(this.problem, this.model.get("error"));
  }

  drawParts() {
    const parts = this.model.get("parts");
    // Where a layer sums up channels, its parts lie place by place under the map.
    const overPart = (k) => ({
      onPlace: (place) => this.model.get("parts")[k]?.name.startsWith("channel ") && this.look(place, k),
    });
    this.fit(this.parts, this.sources, parts.length, 64, overPart);
    const most = Math.max(...parts.map(({ values }) => largest(values)), 0);
    for (const [k, { name, values, frame }] of parts.entries()) {
      this.parts[k].title.textContent = name;
      this.parts[k].canvas.setAttribute("aria-label", `${name}, a part of the chosen map`);
      if (frame) this.parts[k].marked = frame.slice(0, 2);
      this.parts[k].draw(values, { signed: true, most, frame });
    }
  }
}

function render({ model, el }) {
  el.classList.add("course-widget", "course-feature_maps");
  const view = new MapsView(model, el);
  const draw = () => view.draw();
  const events = ["maps", "parts", "seen", "layer", "map", "place", "channel", "sentence", "output", "error"];
  return enliven(model, el, draw, onChanges(events, draw), () => clearTimeout(view.teller.timer));
}

export default { render };
