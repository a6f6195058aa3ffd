// A plotly chart that grows in place. See live_chart.py, which loads this file.
//
// Streamlit calls the default export at every new figure and at every change of theme, always
// with the same parent element. The address of plotly.js comes as the query of this file's own.

const PLOTLY_URL = new URL(new URL(import.meta.url).searchParams.get("plotly"), import.meta.url);
const CONFIG = {
  displaylogo: false,
  doubleClickDelay: 500,
  // All of them by name: among those that plotly adds by itself is one that uploads the chart.
  modeBarButtons: [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
};
const NARROW = 480;
const SCROLLBAR = 12;
const REST = 250; // ms after the last zoom or pan, before the server hears of it

const charts = new WeakMap();
let plotly = null;

// plotly.js is 5 MB: one script element serves every chart of the page. A failed load is
// forgotten, so that the next figure tries again.
function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = PLOTLY_URL;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      script.remove();
      plotly = null;
      reject(new Error(`The charts need ${script.src}, which the server did not deliver. ` +
        "Reload the page; if that does not help, start the dashboard anew: " +
        "streamlit run dashboard.py"));
    };
    document.head.append(script);
  });
  return plotly;
}

// The page's theme as a plotly template: whatever the figure says itself comes first.
function themeTemplate(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const grid = value("border-color-light") || value("border-color");
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: value("border-color"),
                 tickcolor: value("border-color"), automargin: true, title: { standoff: 8 } };
  const scene = { ...axis, backgroundcolor: "transparent", automargin: undefined };
  return { layout: {
    font: { family: value("font"), color: value("text-color"), size: 13 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    colorway: value("chart-categorical-colors").split(",").filter(Boolean),
    hoverlabel: { bgcolor: value("secondary-background-color"), bordercolor: value("border-color"),
                  font: { family: value("font"), color: value("text-color") } },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: value("gray-text-color") || value("text-color"),
               activecolor: value("primary-color") },
    xaxis: axis, yaxis: axis, scene: { xaxis: scene, yaxis: scene, zaxis: scene },
    annotationdefaults: { font: { color: value("text-color") } },
  } };
}

// A figure may ask for more pixels than the page is wide: then it is scrolled sideways.
function size(chart) {
  const { clientWidth, clientHeight } = chart.parent;
  const width = Math.max(clientWidth, chart.minWidth ?? 0);
  return { width, height: clientHeight - (width > clientWidth ? SCROLLBAR : 0) };
}

function withLayout(figure, chart) {
  const { width, height } = size(chart);
  const narrow = width < NARROW;
  const layout = {
    // Constant, so that zoom and hidden legend entries outlive the new data; a figure that
    // wants to forget them (another network) brings its own.
    uirevision: "constant",
    ...figure.layout,
    template: themeTemplate(chart.root),
    width, height, autosize: false,
  };
  if (narrow) layout.font = { size: 11, ...layout.font };
  // A finger that scrolls the page must not zoom the chart.
  if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  return layout;
}

function sameRange(left, right) {
  return left?.[0] === right?.[0] && left?.[1] === right?.[1];
}

// The part of the x-axis that a visitor has zoomed to; null where it is as the figure wants it.
function zoomOf(chart) {
  const { range, autorange } = chart.root._fullLayout.xaxis ?? {};
  return autorange !== false || sameRange(range, chart.wantedRange) ? null : [...range];
}

// Tells the server what is on screen, if that is not what it knows. The figure that it then sends
// keeps the zoom, and so there is nothing to tell again.
function tellZoom(chart) {
  chart.resting = null;
  if (chart.gone) return;
  const zoom = zoomOf(chart);
  if (sameRange(zoom, chart.toldZoom)) return;
  chart.toldZoom = zoom;
  chart.setStateValue("zoom", zoom);
}

function tellZoomAfterRest(chart) {
  clearTimeout(chart.resting);
  chart.resting = setTimeout(() => tellZoom(chart), REST);
}

function watchZoom(chart) {
  if (!chart.isZoomWatched) {
    chart.isZoomWatched = true;
    chart.root.on("plotly_relayout", () => tellZoomAfterRest(chart));
  }
  // A figure of something else has forgotten the zoom.
  if (!chart.resting && !sameRange(zoomOf(chart), chart.toldZoom)) tellZoomAfterRest(chart);
}

function sameBytes(left, right) {
  return left?.length === right.length && left.every((byte, index) => byte === right[index]);
}

function showError(chart, error) {
  chart.message.textContent = error ? error.message : "";
  chart.message.hidden = !error;
}

// Draws the newest figure; figures that arrive meanwhile wait, and only the last of them counts.
async function draw(chart) {
  chart.stale = true;
  if (chart.drawing) return;
  chart.drawing = true;
  try {
    const Plotly = await loadPlotly();
    while (chart.stale && !chart.gone) {
      // A drag in progress (zoom box, pan) would be torn from the mouse.
      while (chart.root._dragging && !chart.gone) await new Promise((go) => setTimeout(go, 50));
      if (chart.gone || !chart.parent.clientWidth) break; // a hidden tab draws once it has a size
      chart.stale = false;
      const figure = JSON.parse(chart.json);
      chart.figure = figure;
      // A copy: plotly writes into the figure what is on screen.
      chart.wantedRange = figure.layout?.xaxis?.range?.slice();
      chart.minWidth = figure.layout?.meta?.min_width;
      nameSavingButtons(chart.saving, figure.layout?.meta?.file_name);
      chart.saving.classList.toggle("at-right", figure.layout?.meta?.save_at === "right");
      // A drawing that can be neither zoomed nor moved has no use for the buttons.
      const config = { ...CONFIG, displayModeBar: figure.layout?.dragmode === false ? false : "hover" };
      await Plotly.react(chart.root, figure.data, withLayout(figure, chart), config);
      if (chart.tellsZoom) watchZoom(chart);
    }
    showError(chart, null);
  } catch (error) {
    showError(chart, error);
  } finally {
    chart.drawing = false;
  }
}

// What is saved has the page's own background: text and lines are coloured for it. The page's font
// is not in the file, and another one would not fit where this one did.
function picture(chart) {
  const layout = withLayout(chart.figure, chart);
  layout.font = { ...layout.font, family: "Arial, Helvetica, sans-serif" };
  const background = getComputedStyle(chart.root).getPropertyValue("--st-background-color").trim();
  return { data: chart.figure.data, layout: { ...layout, paper_bgcolor: background } };
}

async function saveImage(chart, format) {
  const { width, height } = size(chart);
  const filename = chart.figure.layout.meta.file_name;
  // Twice the pixels, for a projector; a very wide picture would exceed what a browser can paint.
  const scale = format === "png" && width < 4000 ? 2 : 1;
  const { data, layout } = picture(chart);
  delete layout.annotations; // nobody can point at a picture
  await window.Plotly.downloadImage({ data, layout }, { format, width, height, filename, scale });
}

// One file that opens without internet and without this dashboard: plotly.js lies in it.
async function saveHtml(chart) {
  const response = await fetch(PLOTLY_URL);
  if (!response.ok) throw new Error(`${PLOTLY_URL} was not delivered.`);
  const figure = picture(chart);
  const name = chart.figure.layout.meta.file_name;
  // As wide as its window, unless it was scrolled here.
  if (size(chart).width <= chart.parent.clientWidth) delete figure.layout.width;
  const json = JSON.stringify(figure).replaceAll("<", "\\u003c");
  const page = `<!doctype html><html><head><meta charset="utf-8"><title>${name}</title>` +
    `<script>${await response.text()}</scr` + `ipt></head>` +
    `<body style="margin:0;background:${figure.layout.paper_bgcolor}"><div id="chart"></div>` +
    `<script>const figure = ${json};` +
    `Plotly.newPlot("chart", figure.data, figure.layout, {displaylogo: false, responsive: true});</scr` +
    `ipt></body></html>`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  link.download = `${name}.html`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function savingButtons(chart) {
  const row = document.createElement("div");
  row.className = "live-chart-saving";
  row.hidden = true;
  row.append("save as ");
  for (const format of ["SVG", "PNG", "HTML"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = format;
    button.onclick = async () => {
      try {
        await (format === "HTML" ? saveHtml(chart) : saveImage(chart, format.toLowerCase()));
        showError(chart, null);
      } catch (error) {
        showError(chart, new Error(`The chart could not be saved as ${format}. ${error.message}`));
      }
    };
    row.append(button);
  }
  return row;
}

// A page has several charts, and each button says which one it saves.
function nameSavingButtons(row, fileName) {
  row.hidden = !fileName;
  for (const button of row.children) {
    button.setAttribute("aria-label", `Save ${fileName} as ${button.textContent}`);
  }
}

function mount(parent) {
  const root = document.createElement("div");
  root.className = "live-chart";
  const message = document.createElement("p");
  message.setAttribute("role", "alert");
  message.hidden = true;
  const chart = { parent, root, message, toldZoom: null };
  chart.saving = savingButtons(chart);
  // Around the chart, not in it: the buttons stay in their corner while the chart is scrolled.
  parent.classList.add("live-chart-frame");
  parent.append(root, message, chart.saving);
  chart.observer = new ResizeObserver(() => {
    const { width, height } = chart.root._fullLayout ?? {};
    const wanted = size(chart);
    if (width !== wanted.width || height !== wanted.height) draw(chart);
  });
  chart.observer.observe(parent);
  charts.set(parent, chart);
  return chart;
}

function unmount(parent) {
  const chart = charts.get(parent);
  if (!chart) return;
  chart.gone = true;
  clearTimeout(chart.resting);
  chart.observer.disconnect();
  window.Plotly?.purge(chart.root);
  parent.replaceChildren();
  charts.delete(parent);
}

export default function ({ data, parentElement, setStateValue, tellsZoom }) {
  const chart = charts.get(parentElement) ?? mount(parentElement);
  Object.assign(chart, { setStateValue, tellsZoom });
  const theme = JSON.stringify(themeTemplate(chart.root));
  if (!sameBytes(chart.bytes, data) || chart.theme !== theme) {
    chart.bytes = data;
    chart.json = new TextDecoder().decode(data);
    chart.theme = theme;
    draw(chart);
  }
  return () => unmount(parentElement);
}
