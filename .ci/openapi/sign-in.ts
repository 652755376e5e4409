// A storefront's sign-in, with the types that openapi-typescript makes of openapi.yaml. It only has to compile: a field
// or an answer that the document does not have is an error here.

import createClient from "openapi-fetch";
import type { components, paths } from "../../target/ci/openapi/vestibule.js";

type Session = components["schemas"]["Session"];

const shop = createClient<paths>({ baseUrl: "http://127.0.0.1:9000", headers: { "content-type": "application/json" } });
const path = { store: "demo" };

/** Signs in by password; null if address or password is wrong. */
export async function login(email: string, password: string): Promise<Session | null> {
  const { data, error, response } = await shop.POST("/{store}/login", { params: { path }, body: { email, password } });
  if (data) return data;
  switch (error.code) {
    case "invalid_credentials":
      return null;
    case "rate_limited":
      throw new Error(`Please wait ${response.headers.get("retry-after")} seconds.`);
    case "invalid_field":
      throw new Error(error.errors.map(({ field, code }) => `${field}: ${code}`).join());
    default:
      throw new Error(error.detail);
  }
}

/** Has a code mailed, and gives what redeems it. */
export async function sendCode(email: string): Promise<(code: string) => Promise<Session | undefined>> {
  const sent = await shop.POST("/{store}/send-code", { params: { path }, body: { email, purpose: "sign-in" } });
  if (!sent.data) throw new Error(sent.error.detail);
  const { challenge_id } = sent.data;
  return async (code) => (await shop.POST("/{store}/verify-code", { params: { path }, body: { challenge_id, code } })).data;
}

/** Signs out. */
export async function logout({ access_token }: Session): Promise<void> {
  await shop.POST("/{store}/logout", { params: { path }, headers: { authorization: `Bearer ${access_token}` } });
}

// @ts-expect-error A field that there is none of.
export const refused: components["schemas"]["Login"] = { email: "ada@example.com", password: "secret", role: "owner" };
