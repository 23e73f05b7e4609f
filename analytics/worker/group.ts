/** Consumer group of the analytics on `series-changes`. */
export const ANALYTICS_GROUP = "analytics";
