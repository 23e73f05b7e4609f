import type { Plugin } from "vite";

/** As Leaflet 1.9 has them in its own source, which its package brings along. */
const PART = (path: string) => JSON.stringify(`leaflet/src/${path}.js`);
/** What the maps draw with, and what Leaflet fits into its map beside it: how it is moved, its canvas, its buttons. */
const SOURCE = `
import ${PART("map/index")};
import ${PART("layer/vector/Renderer.getRenderer")};
import ${PART("control/Control.Zoom")};
import { scale } from ${PART("control/Control.Scale")};
export const control = { scale };
export { createMap as map } from ${PART("map/Map")};
export { CRS } from ${PART("geo/crs/index")};
export { toLatLngBounds as latLngBounds } from ${PART("geo/LatLngBounds")};
export { layerGroup } from ${PART("layer/LayerGroup")};
export { tooltip } from ${PART("layer/Tooltip")};
export { marker } from ${PART("layer/marker/Marker")};
export { divIcon } from ${PART("layer/marker/DivIcon")};
export { circleMarker } from ${PART("layer/vector/CircleMarker")};
export { polygon } from ${PART("layer/vector/Polygon")};
export { polyline } from ${PART("layer/vector/Polyline")};
`;
const LEAN = "\0leaflet";

/**
 * Leaflet without tiles, images, popups, GeoJSON and its other controls, which no map of ours has: a third of it. The build fails when a
 * map asks for a name that is not here, or Leaflet has it elsewhere.
 */
export function leanLeaflet(): Plugin {
  return {
    name: "lean-leaflet",
    enforce: "pre",
    resolveId: (source) => (source === "leaflet" ? LEAN : undefined),
    load: (id) => (id === LEAN ? SOURCE : undefined),
  };
}
