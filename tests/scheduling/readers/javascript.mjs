// Reads a JSON list of calendar texts on stdin and writes what ical.js and node-ical understood of each, as JSON.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import nodeIcal from "node-ical";

const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const bare = (address) => address.replace(/^mailto:/i, "");

const icalJs = (source) => {
  const instant = (time) => time.toJSDate().toISOString();
  const people = (component, name) =>
    component.getAllProperties(name).map((property) => ({
      address: bare(property.getFirstValue()),
      name: property.getParameter("cn") ?? "",
      partstat: property.getParameter("partstat") ?? "",
      rsvp: property.getParameter("rsvp") === "TRUE",
    }));
  const text = (component, name) => component.getFirstPropertyValue(name) ?? "";
  const calendar = new ICAL.Component(ICAL.parse(source));
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      method: text(calendar, "method"),
      uid: event.uid,
      sequence: event.sequence,
      starts_at: instant(event.startDate),
      ends_at: instant(event.endDate),
      stamped_at: instant(component.getFirstPropertyValue("dtstamp")),
      summary: event.summary ?? "",
      description: event.description ?? "",
      location: event.location ?? "",
      status: text(component, "status"),
      organizer: people(component, "organizer"),
      attendees: people(component, "attendee"),
      properties: component.getAllProperties().map((property) => property.name.toUpperCase()).sort(),
    };
  });
};

const nodeIcalReader = (source) => {
  const instant = (date) => new Date(date).toISOString();
  const text = (value) => (typeof value === "object" && value !== null ? value.val : value) ?? "";
  // It drops the quotes of a parameter neither always nor never.
  const unquoted = (value) => String(value ?? "").replace(/^"(.*)"$/s, "$1");
  // It takes a parameter such as 007 or True for a number or a truth value, and its words are lost.
  const named = (value) => (["number", "boolean"].includes(typeof value) ? null : unquoted(value));
  const people = (value) =>
    list(value).map((one) => ({
      address: bare(typeof one === "string" ? one : one.val),
      name: typeof one === "string" ? "" : named(one.params.CN),
      partstat: typeof one === "string" ? "" : (one.params.PARTSTAT ?? ""),
      rsvp: typeof one === "string" ? false : String(one.params.RSVP).toUpperCase() === "TRUE",
    }));
  return Object.values(nodeIcal.sync.parseICS(source))
    .filter((event) => event.type === "VEVENT")
    .map((event) => ({
      method: event.method ?? "",
      uid: event.uid,
      sequence: Number(event.sequence),
      starts_at: instant(event.start),
      ends_at: instant(event.end),
      stamped_at: instant(event.dtstamp),
      summary: text(event.summary),
      description: text(event.description),
      location: text(event.location),
      status: event.status ?? "",
      organizer: people(event.organizer),
      attendees: people(event.attendee),
      properties: [],
    }));
};

const sources = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({ icaljs: sources.map(icalJs), nodeical: sources.map(nodeIcalReader) }));
