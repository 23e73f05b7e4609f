/** Countries of several zones whose sites we meet: the zone east of each longitude, easternmost first. Borders are approximate. */
const BANDS: Record<string, readonly [eastOf: number, timeZone: string][]> = {
  AU: [
    [141, "Australia/Sydney"],
    [129, "Australia/Adelaide"],
    [-180, "Australia/Perth"],
  ],
  BR: [
    [-56, "America/Sao_Paulo"],
    [-180, "America/Manaus"],
  ],
  CA: [
    [-57, "America/St_Johns"],
    [-68, "America/Halifax"],
    [-90, "America/Toronto"],
    [-102, "America/Winnipeg"],
    [-115, "America/Edmonton"],
    [-180, "America/Vancouver"],
  ],
  CL: [
    [-90, "America/Santiago"],
    [-180, "Pacific/Easter"],
  ],
  CN: [[-180, "Asia/Shanghai"]],
  CY: [[-180, "Asia/Nicosia"]],
  DE: [[-180, "Europe/Berlin"]],
  ES: [
    [-12, "Europe/Madrid"],
    [-180, "Atlantic/Canary"],
  ],
  NZ: [[-180, "Pacific/Auckland"]],
  PT: [
    [-12, "Europe/Lisbon"],
    [-20, "Atlantic/Madeira"],
    [-180, "Atlantic/Azores"],
  ],
  US: [
    [-86, "America/New_York"],
    [-101, "America/Chicago"],
    [-115, "America/Denver"],
    [-130, "America/Los_Angeles"],
    [-150, "America/Anchorage"],
    [-180, "Pacific/Honolulu"],
  ],
};

/** In V8 since Node 24; TypeScript's library does not have it yet. */
type LocaleWithTimeZones = Intl.Locale & { getTimeZones(): string[] | undefined };

/**
 * A time zone for a place of which only the country and perhaps the longitude are known, from the Unicode locale data.
 * @param country ISO 3166-1 alpha-2
 * @returns undefined for a country the locale data does not know
 */
export function countryTimeZone(country: string, longitude?: number): string | undefined {
  const bands = BANDS[country];
  if (bands) return longitude === undefined ? bands[0]![1] : bands.find(([eastOf]) => longitude >= eastOf)?.[1];
  if (!/^[A-Z]{2}$/.test(country)) return undefined;
  return (new Intl.Locale(`und-${country}`) as LocaleWithTimeZones).getTimeZones()?.[0];
}
