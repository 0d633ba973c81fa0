// Weighhouse: a figure of the page as a file: SVG with its colours and fonts written into it, PNG at
// twice its size, the table behind it as CSV. Nothing is asked of a server. Not here: what a figure
// shows (drawing.js, views.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap",
    "stroke-linejoin", "opacity", "paint-order", "font-family", "font-size", "font-weight",
    "text-anchor", "display"];

  // the SVG as it stands on the page, on the page's ground, as text
  function standalone(element) {
    const copy = element.cloneNode(true);
    const [from, to] = [element, copy].map((one) => [one, ...one.querySelectorAll("*")]);
    from.forEach((original, i) => {
      const computed = getComputedStyle(original);
      for (const name of STYLES) to[i].setAttribute(name, computed.getPropertyValue(name));
      to[i].removeAttribute("class");
    });
    const { x, y, width, height } = element.viewBox.baseVal;
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const box = { x: x - 8, y: y - 8, width: width + 16, height: height + 16 };
    Object.entries({ ...box, fill: getComputedStyle(document.body).backgroundColor })
      .forEach(([name, value]) => ground.setAttribute(name, value));
    copy.prepend(ground);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    return { text: new XMLSerializer().serializeToString(copy), ...box };
  }

  function asPng({ text, width, height }) {
    return new Promise((done, fail) => {
      const image = new Image();
      image.addEventListener("load", () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [2 * width, 2 * height];
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture was made"))));
      });
      image.addEventListener("error", () => fail(new Error("the figure can't be drawn as a picture")));
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    });
  }

  // save a figure's SVG element under a name, as svg or png
  async function savePicture(element, name, form) {
    const made = standalone(element);
    const blob = form === "png" ? await asPng(made) : new Blob([made.text], { type: "image/svg+xml" });
    weighhouse.save(`${name}.${form}`, blob);
  }

  Object.assign(weighhouse, { savePicture });
})();
