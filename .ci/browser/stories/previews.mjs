// Every mail in every language, as those see it who write the templates.

import assert from "node:assert/strict";
import { SHOP } from "../shop.mjs";
import { fits, heading, sees } from "../visitor.mjs";

const SMALL_PHONE = { width: 360, height: 740 };

export async function previews(visitor, step) {
  const page = await visitor.open("/mails");
  await page.setViewportSize(SMALL_PHONE);
  const mails = await (await fetch(`${SHOP}/mails.json`)).json();

  await step("a mail is chosen from the list, and shown in another language", async () => {
    const mail = page.getByRole("link").filter({ has: page.getByText("sign-in-code", { exact: true }) });
    await mail.click();
    await sees(page.getByRole("heading", { name: "Your code to sign in at Demo store", level: 2 }));
    await page.getByLabel("Language").selectOption("German");
    await page.waitForURL("**/mails#de/sign-in-code");
    await page.getByRole("link", { name: "All mails" }).click();
    await sees(mail);
  });

  for (const dark of [false, true]) {
    await step(`every mail fits a small phone in the ${dark ? "dark" : "light"}`, async () => {
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      const papers = new Set();
      for (const { language, name, subject } of mails) {
        await page.goto(`${SHOP}/mails#${language}/${name}`);
        await page.getByLabel("Dark").setChecked(dark);
        await sees(heading(page, subject).first());
        const mail = page.locator(`iframe[src="/mails/${language}/${name}.html?dark=${dark}"]`).contentFrame();
        await sees(mail.getByRole("heading").first());
        await fits(page, `${language}/${name}`);
        papers.add(await mail.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor));
      }
      assert.equal(papers.size, 1, `mails on ${[...papers].join(" and ")}`);
      assert.equal(isDark([...papers][0]), dark, `a paper of ${[...papers][0]}`);
    });
  }
}

const isDark = (color) => color.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 128);
