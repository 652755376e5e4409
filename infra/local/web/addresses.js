// Where parcels and bills go: two forms of the same kind. Which parts an address needs is the shop's to say, for it differs
// from country to country.

import { COUNTRIES } from "/assets/countries.js";
import { callSignedIn } from "/assets/signed-in.js";
import { byId, onClick, onSubmit, say } from "/assets/ui.js";

const KINDS = { shipping: "shipping address", billing: "billing address" };
/** At which part of an address to tell a refusal of the whole. */
const PART_OF = {
  country_required: "country",
  unknown_country: "country",
  street_required: "street",
  too_many_lines: "street",
  city_required: "city",
  region_required: "region",
  postal_code_required: "postal_code",
  invalid_postal_code: "postal_code",
};

/** What the shop doubts about an address that it has kept. */
const DOUBTS = {
  unknown_region: "we do not know this region",
  unknown_postal_code: "postal codes of this country usually look otherwise",
  postal_code_outside_region: "the postal code looks like one of another region",
};

/** Makes the forms. Gives a function that shows an account's addresses in them; `saved` is handed the account. */
export function addressForms(saved) {
  for (const kind of Object.keys(KINDS)) make(kind, saved);
  onClick("billing-copy", byId("billing-form"), () => {
    fill("billing", Object.fromEntries(new FormData(byId("shipping-form"))));
    say("The billing address is filled in. Save it to keep it.");
  });
  return (account) => {
    for (const kind of Object.keys(KINDS)) {
      const address = account[`${kind}_address`];
      fill(kind, address ? { ...address, street: address.street.join("\n") } : {});
      byId(`${kind}-remove`).hidden = !address;
      byId(`${kind}-now`).textContent = address ? inShort(address) : "none yet";
    }
  };
}

function make(kind, saved) {
  const form = byId(`${kind}-form`);
  form.prepend(byId("address-fields").content.cloneNode(true));
  for (const control of form.querySelectorAll("[name]")) {
    control.id = `${kind}-${control.name}`;
    control.closest(".field").querySelector("label").htmlFor = control.id;
    if (control.autocomplete) control.autocomplete = `${kind} ${control.autocomplete}`;
  }
  const names = new Intl.DisplayNames("en", { type: "region" });
  const options = COUNTRIES.map((code) => new Option(names.of(code), code));
  form.elements.country.append(...options.sort((one, other) => one.text.localeCompare(other.text)));

  const save = async (address) => {
    try {
      const account = await callSignedIn("update-account", { [`${kind}_address`]: address });
      saved(account);
      return account.warnings ?? [];
    } catch (problem) {
      problem.fields = problem.fields.map(atItsPart);
      throw problem;
    }
  };
  onSubmit(form, async ({ street = "", ...parts }) => {
    const warnings = await save({ ...parts, street: street.split("\n") });
    const doubts = warnings.map(({ code }) => DOUBTS[code] ?? "something in it is unusual");
    say(`Your ${KINDS[kind]} is saved.${doubts.length ? ` Please check it once more: ${doubts.join(", and ")}.` : ""}`);
  });
  onClick(`${kind}-remove`, form, async () => {
    await save(null);
    say(`Your ${KINDS[kind]} is removed.`);
  });
}

/** `shipping_address.street[0]` names a part, `shipping_address` the whole; a name is the one part without codes of its own. */
function atItsPart({ field, code }) {
  const [, part] = field.split(/[.[]/);
  return { field: part ?? PART_OF[code] ?? "name", code };
}

function fill(kind, address) {
  for (const control of byId(`${kind}-form`).querySelectorAll("[name]")) control.value = address[control.name] ?? "";
}

const inShort = ({ street, city }) => [street[0], city].filter(Boolean).join(", ");
