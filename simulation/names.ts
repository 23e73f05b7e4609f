interface City {
  en: string;
  zh: string;
  region: string;
}

/** Invented towns of the invented province Lanze. */
const CITIES: readonly City[] = (
  [
    ["Xingluozhou", "星萝洲"],
    ["Bailuji", "白鹭矶"],
    ["Qingcenwan", "青岑湾"],
    ["Songyanpu", "松烟浦"],
    ["Chaoyinting", "潮音汀"],
    ["Yuelanxi", "月岚溪"],
    ["Zhujipo", "竹霁坡"],
    ["Hefengdu", "荷枫渡"],
  ] as const
).map(([en, zh], i) => ({ en, zh, region: i < 4 ? "Lanze East" : "Lanze West" }));

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
