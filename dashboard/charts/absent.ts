/**
 * Stands in for the parts of Observable Plot that our charts cannot reach, in the built dashboard only (leanPlot.ts): map projections,
 * colour schemes and legends. A specification that asks for one fails here by name instead of being drawn wrong.
 */
function absent(what: string): never {
  throw new Error(`the dashboard is built without Plot's ${what}: dashboard/leanPlot.ts`);
}

// projection.js
export function createProjection({ projection }: { projection?: unknown }): undefined {
  if (projection != null) absent("projections");
}
export const hasProjection = (): boolean => false;
export const projectionAspectRatio = (): undefined => undefined;
export const project = (): never => absent("projections");
export const applyPosition = (): never => absent("projections");
export const getGeometryChannels = (): never => absent("geometries");
export const xyProjection = (): never => absent("geometries");
export const geoPath = (): never => absent("geometries");

// scales/schemes.js
export const isCategoricalScheme = (): boolean => false;
export const isDivergingScheme = (): boolean => false;
export const ordinalScheme = (): never => absent("colour schemes");
export const ordinalRange = (): never => absent("colour schemes");
export const maybeBooleanRange = (): never => absent("colour schemes");
export const quantitativeScheme = (): never => absent("colour schemes");

// legends.js
export const createLegends = (): [] => [];
export const exposeLegends = () => (): never => absent("legends");
export const legend = (): never => absent("legends");
