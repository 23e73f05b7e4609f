interface City {
  en: string;
  zh: string;
  region: string;
}

/** Invented towns of an invented province. */
const CITIES: readonly City[] = [
  ["Qinghe", "清禾"],
  ["Luoyuan", "罗源浦"],
  ["Anping", "安坪"],
  ["Shuangqiao", "双桥洲"],
  ["Baimao", "白茅"],
  ["Yunxi", "云汐"],
  ["Longtan", "龙滩湾"],
  ["Heshan", "禾山"],
].map(([en, zh], i) => ({ en: en as string, zh: zh as string, region: i < 4 ? "East" : "West" }));

const DISTRICTS = [
  ["North", "城北"],
  ["South", "城南"],
  ["East", "城东"],
  ["West", "城西"],
  ["Central", "中心"],
] as const;

export function cityName(index: number): City {
  return CITIES[index % CITIES.length] as City;
}

export function siteNameOf({ en, zh }: City, index: number): { name: string; nameZh: string } {
  const round = Math.floor(index / CITIES.length);
  const [district, districtZh] = DISTRICTS[round % DISTRICTS.length] as (typeof DISTRICTS)[number];
  const number = round < DISTRICTS.length ? "" : ` ${Math.floor(round / DISTRICTS.length) + 1}`;
  return { name: `${en} ${district} WWTP${number}`, nameZh: `${zh}${districtZh}污水处理厂${number}` };
}
