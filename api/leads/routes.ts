import { authorisationRoutes } from "./authorisations.ts";
import { attachmentRoutes, caseFileRoutes } from "./caseFile.ts";
import { leadRoutes } from "./leads.ts";
import { fieldRoutes, orderRoutes } from "./orders.ts";
import { publishedRoutes } from "./published.ts";
import { surveyRoutes } from "./survey.ts";

/** Everything about leads, each part with the parsers and limits of its own. */
export const LEAD_ROUTES = [
  leadRoutes,
  caseFileRoutes,
  attachmentRoutes,
  authorisationRoutes,
  publishedRoutes,
  surveyRoutes,
  orderRoutes,
  fieldRoutes,
];
