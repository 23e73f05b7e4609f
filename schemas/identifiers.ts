import { z } from "zod";

/** Letters and digits of any script, then also `.`, `_` and `-`; 1 to 64 characters. Safe in keys, tags, paths and file names. */
const identifier = (what: string) =>
  z
    .string()
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u,
      `a ${what} of 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit`,
    );

export const siteId = identifier("site id");
export const deviceId = identifier("device id");
export const labId = identifier("laboratory id");
export const sampleId = identifier("sample id");
export const uploadId = identifier("upload id");
export const networkId = identifier("network id");

/** As laboratories write it: `LC-MS/MS`, `HJ 1234-2023`, `SPE + LC-MS/MS (pos)`. Never part of a path or file name. */
export const methodId = z
  .string()
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{N} ._/:+()-]{0,62}[\p{L}\p{N}._/:+()-])?$/u,
    'a method code of 1 to 64 letters, digits, blanks or ". _ - / : + ( )", starting with a letter or digit and ending without a blank',
  );

/** A moment with its offset, as ISO 8601: `2026-05-04T07:30:00+02:00`. */
export const moment = z.iso.datetime({ offset: true, error: "an ISO 8601 time with offset, such as 2026-05-04T07:30:00+02:00" });

/** A calendar day in the site's time zone: `2026-05-04`. */
export const day = z.iso.date({ error: "a day such as 2026-05-04" });
