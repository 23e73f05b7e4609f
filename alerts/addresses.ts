import { BlockList, isIP } from "node:net";

/**
 * Ranges that are not the public internet: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and successors). A webhook
 * address is typed in by a user, and must not become a way to reach the operator's own network.
 */
const SPECIAL = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.31.196.0/24",
  "192.52.193.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "192.175.48.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "::1/128",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

/** Says whether a webhook may connect to an address, and there to another port than one of HTTP. */
export type AddressGuard = (address: string, port?: number) => boolean;

/** Ports below this belong to one service each, such as 25 for mail: what a webhook sends them is never meant well. */
const FREE_PORT_MIN = 1_024;
const HTTP_PORTS: readonly number[] = [80, 443];

/**
 * @param allowed ranges in CIDR form that may be reached although they are special, and at any port, from SEWERTRACE_WEBHOOK_ALLOW
 * @throws {RangeError} a range that is not in CIDR form
 */
export function addressGuard(allowed: readonly string[]): AddressGuard {
  const special = blockList(SPECIAL);
  const exceptions = blockList(allowed);
  return (address, port = HTTP_PORTS[0] as number) => {
    const plain = unmapped(address);
    const family = familyOf(plain);
    if (family === undefined) return false;
    if (exceptions.check(plain, family)) return true;
    return !special.check(plain, family) && (port >= FREE_PORT_MIN || HTTP_PORTS.includes(port));
  };
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    const family = familyOf(address);
    if (!family || bits === undefined || !/^\d+$/.test(bits))
      throw new RangeError(`not an address range such as 10.1.0.0/16: ${range}`);
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  return version === 4 ? "ipv4" : version === 6 ? "ipv6" : undefined;
}

/** An IPv4 address inside IPv6 (`::ffff:127.0.0.1`, `::ffff:7f00:1`) as what it is. */
function unmapped(address: string): string {
  const bare = address.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const hostname = isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
  const hex = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(hostname);
  if (!hex) return hostname;
  const [high, low] = [Number.parseInt(hex[1] as string, 16), Number.parseInt(hex[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
