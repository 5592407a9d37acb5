// Gives the server the viewer's time zone, so that pages show their hours.
// The first page of a new visitor is in UTC and says so; the next one is local.

const KEPT_SECONDS = 365 * 24 * 3600;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const entry = `tz=${encodeURIComponent(zone ?? "")}`;

if (zone && !document.cookie.split("; ").includes(entry)) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${entry}; Path=/; Max-Age=${KEPT_SECONDS}; SameSite=Lax${secure}`;
}
