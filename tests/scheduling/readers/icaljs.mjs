// Reads a JSON list of calendar texts on stdin with ical.js and writes what it understood, one list of events a text.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const instant = (time) => time.toJSDate().toISOString();

const people = (component, name) =>
  component.getAllProperties(name).map((property) => ({
    address: property.getFirstValue().replace(/^mailto:/i, ""),
    name: property.getParameter("cn") ?? "",
    partstat: property.getParameter("partstat") ?? "",
    rsvp: property.getParameter("rsvp") === "TRUE",
  }));

const text = (component, name) => component.getFirstPropertyValue(name) ?? "";

const read = (source) => {
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

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
