import { describe, expect, it } from "vitest";
import { open } from "./chromium.ts";
import { asAdmin, openedHouse } from "./house.ts";

const { house, signedIn } = openedHouse();

describe("keys", () => {
  it("one is made for a region and a purpose, its secret changed, and it is revoked", async () => {
    const { page, complaints } = await signedIn("/operations?view=keys");
    await page.getByText("Make a key").first().click();
    await page.fill("input[name=name]", "the east desk");
    await page.fill("input[name=organisation]", "police-east");
    await page.locator("form select[name=role]").selectOption("investigator");
    await page.fill("input[name=until]", "2099-12-31");
    await page.fill("input[name=regions]", "East");
    await page.fill("input[name=scopes]", "leads:read, anomalies:read");
    await page.getByRole("button", { name: "Make a key" }).click();
    const shown = page.locator("[role=status] code");
    await shown.waitFor();
    const made = await shown.textContent();
    const row = page.locator("tr", { hasText: "the east desk" });
    expect(await row.textContent()).toMatch(/East, leads:read, anomalies:read.*police-east.*2099/);
    const ask = (key: string | null, path: string) =>
      fetch(`${house().address}/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } }).then(({ status }) => status);
    expect([await ask(made, "anomalies"), await ask(made, "webhooks")]).toEqual([200, 403]);
    await row.getByRole("button", { name: "Change" }).click();
    const opened = page.locator("tr", { has: page.locator("form[aria-label=Change]") });
    await opened.getByText("Last used").waitFor();
    await opened.getByRole("button", { name: "New secret" }).click();
    await expect.poll(() => shown.textContent()).not.toBe(made);
    const fresh = await shown.textContent();
    await opened.getByRole("button", { name: "Revoke" }).click();
    expect(await ask(fresh, "anomalies")).toBe(200); // one press is not enough
    await opened.getByRole("button", { name: "Really: Revoke the east desk?" }).click();
    await row.getByText("revoked").waitFor();
    expect([await ask(made, "anomalies"), await ask(fresh, "anomalies")]).toEqual([401, 401]);
    await page.fill("input[name=name]", "x");
    await page.fill("input[name=organisation]", "y");
    await page.fill("input[name=scopes]", "everything");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.waitForSelector("[role=alert]");
    expect(await page.locator("[role=alert]").textContent()).toContain("series:read");
    expect(complaints.filter((each) => !each.includes("400"))).toEqual([]);
  });

  it("its end, regions and purposes are changed; who saves after somebody else is told, and reads it again", async () => {
    const { page, complaints } = await signedIn("/operations?view=keys");
    const body = { name: "the west desk", role: "investigator", organisation: "police-west" };
    const made = (await asAdmin(page, "POST", "/api/v1/keys", body)) as { keyId: string };
    await open(page, "/operations?view=keys");
    const row = page.locator("tr", { hasText: "the west desk" }).first();
    await row.getByRole("button", { name: "Change" }).click();
    const form = page.locator("form[aria-label=Change]");
    await form.locator("input[name=regions]").fill("West");
    await form.locator("input[name=until]").fill("2098-12-31");
    await form.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => row.textContent()).toMatch(/West.*police-west.*2098/);
    await asAdmin(page, "PATCH", `/api/v1/keys/${made.keyId}`, { scopes: ["leads:read"] }); // somebody else, meanwhile
    await form.locator("input[name=regions]").fill("");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("It was changed since you read it").waitFor();
    expect(await row.textContent()).toContain("West");
    await row.getByRole("button", { name: "Change" }).click();
    await row.getByRole("button", { name: "Change" }).click();
    await expect.poll(() => form.locator("input[name=scopes]").inputValue()).toBe("leads:read");
    await form.locator("input[name=regions]").fill("");
    await form.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => row.textContent()).not.toContain("West");
    expect(await row.textContent()).toContain("leads:read");
    expect(complaints.filter((each) => !each.includes("412"))).toEqual([]);
  });

  it("the pipeline's page tells of alerts that wait", async () => {
    const { page } = await signedIn("/operations");
    expect(await page.locator("tr", { hasText: "to be sent" }).locator(".number").textContent()).toMatch(/^\d+$/);
  });
});
