// A certified OpenID provider for the tests: node provider.mjs MODULE PORT REDIRECT_URI CLAIMS_IN_ID_TOKEN
import http from "node:http";

const [, , module, port, redirect, inside] = process.argv;
const { default: Provider } = await import(module);
const PEOPLE = {
  sam: { name: "Sam Okafor", roles: ["decision_maker", "no_such_role"] },
  jo: { name: "Jo Moss", roles: "agency_researcher", agency: "police" },
  nobody: { name: "No Role", roles: [] },
  stray: { name: "Stray", roles: ["agency_researcher"] },
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "mash-desk", client_secret: "a-secret-of-the-test-0123456789", redirect_uris: [redirect] }],
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "roles", "agency"] },
  conformIdTokenClaims: inside !== "inside",
  cookies: { keys: ["of-the-test"] },
  ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Session: 300, Grant: 300 },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: `subject-${id}`, preferred_username: id, ...PEOPLE[id] }),
  }),
});
http.createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => console.log("listening"));
