#include <iostream>
#include <new>

#include <heddle/cli/check_file.hpp>
#include <heddle/recorded/drawing.hpp>

namespace heddle::cli {
namespace {

using json = nlohmann::ordered_json;
using recorded::entry;
using recorded::explanation;
using recorded::history;
using recorded::judgement;

history read(const std::string& file, recorded::format written_in) {
  if (file != "-") return recorded::read_history(file, written_in);
  recorded::history_reader reader(std::cin, "standard input", written_in);
  return recorded::read_history(reader);
}

std::string verdict_name(linearizability::outcome result) {
  switch (result) {
    case linearizability::outcome::linearizable:
      return "ok";
    case linearizability::outcome::violation:
      return "violation";
    default:
      return "unknown";
  }
}

json entry_json(const history& h, std::uint32_t index) {
  const entry& e = h.entries()[index];
  return {{"process", to_text(h.at(e.process))},
          {"operation", recorded::to_text(h, e)},
          {"invoked_line", e.call.line},
          {"completed_line", e.completion.line == 0 ? json() : json(e.completion.line)}};
}

/// Of the completion, as in texts; of the call if there is none.
std::uint32_t line_of(const history& h, std::uint32_t index) {
  const entry& e = h.entries()[index];
  return e.returned == recorded::never ? e.call.line : e.completion.line;
}

json violation_json(const history& h, const explanation& why) {
  if (!why.sentence.empty()) {
    json operations = json::array();
    for (const std::uint32_t i : why.operations) operations.push_back(entry_json(h, i));
    return {{"sentence", why.sentence}, {"operations", operations}};
  }
  json found = entry_json(h, why.culprit);
  json answers = json::array();
  for (const value& v : why.answers) answers.push_back(to_text(v));
  json end = json::array();
  for (const auto& p : why.prefix_end) {
    end.push_back(entry_json(h, p.entry));
    end.back()["state_after"] = to_text(p.state);
  }
  found["model_would_answer"] = answers;
  found["prefix_length"] = why.prefix_length;
  found["prefix_end"] = end;
  found["state"] = to_text(why.state);
  return found;
}

json anomaly_json(const history& h, const isolation::anomaly& a, const isolation::naming& names) {
  json cycle = json::array();
  for (const isolation::edge& e : a.cycle) {
    cycle.push_back({{"from_line", line_of(h, e.from)},
                     {"dependency", name(e.what)},
                     {"key", e.key ? json(names.key(*e.key)) : json()},
                     {"to_line", line_of(h, e.to)}});
  }
  return {{"name", name(a)}, {"plain", a.plain}, {"text", isolation::to_text(a, names)}, {"cycle", cycle}};
}

json isolation_json(const history& h, const recorded::isolation_verdict& v) {
  json strongest = json::array();
  for (const isolation::level l : v.found.strongest()) strongest.push_back(name(l));
  json anomalies = json::array();
  const isolation::naming names = recorded::names_in(h);
  for (const isolation::anomaly& a : v.found.anomalies()) anomalies.push_back(anomaly_json(h, a, names));
  return {{"asked", name(v.asked)},
          {"strongest", strongest},
          {"anomalies", anomalies},
          {"complete", v.found.complete()}};
}

void draw_into(file_report& report, history& h, const judgement& j, const check_request& request) {
  if (request.drawn.none()) return;
  try {
    report.not_drawn = write_pictures(recorded::draw(*request.by, h, j, request.how), request.drawn);
  } catch (const std::bad_alloc&) {
    report.not_drawn = "there is not enough memory to draw the history";
  }
}

void judge_into(file_report& report, history h, const check_request& request) {
  const auto start = std::chrono::steady_clock::now();
  const judgement j = recorded::judge(*request.by, h, request.how);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.verdict = verdict_name(j.result);
  report.reason = j.gave_up;
  report.method = j.method;
  report.operations = j.counts.ok + j.counts.failed + j.counts.unknown;
  report.failed = j.counts.failed;
  report.unknown_outcomes = j.counts.unknown;
  report.judged = j.judged;
  report.placed = j.placed;
  report.steps = j.steps;
  report.notes = h.notes().texts();
  report.explanation = recorded::to_text(h, j);
  if (j.why) report.violation = violation_json(h, *j.why);
  if (j.isolation) report.isolation = isolation_json(h, *j.isolation);
  draw_into(report, h, j, request);
}

}  // namespace

file_report check_file(const std::string& file, const check_request& request) {
  file_report report;
  report.file = file;
  try {
    judge_into(report, read(file, request.written_in), request);
  } catch (const recorded::history_error& e) {
    report.verdict = "unreadable";
    report.reason = e.what();
  } catch (const std::bad_alloc&) {
    report.verdict = "unknown";
    report.reason = "out of memory";
  }
  return report;
}

std::string to_json_text(const json& j, int indent) {
  return j.dump(indent, ' ', false, json::error_handler_t::replace);
}

json to_json(const file_report& r) {
  return {{"file", r.file},
          {"verdict", r.verdict},
          {"reason", r.reason},
          {"method", r.method},
          {"operations", r.operations},
          {"failed", r.failed},
          {"unknown_outcomes", r.unknown_outcomes},
          {"judged", r.judged},
          {"placed", r.placed},
          {"steps", r.steps},
          {"seconds", r.seconds},
          {"notes", r.notes},
          {"explanation", r.explanation},
          {"violation", r.violation},
          {"isolation", r.isolation},
          {"not_drawn", r.not_drawn}};
}

file_report report_of(const json& j) {
  return {.file = j.at("file"),
          .verdict = j.at("verdict"),
          .reason = j.at("reason"),
          .method = j.at("method"),
          .operations = j.at("operations"),
          .failed = j.at("failed"),
          .unknown_outcomes = j.at("unknown_outcomes"),
          .judged = j.at("judged"),
          .placed = j.at("placed"),
          .steps = j.at("steps"),
          .seconds = j.at("seconds"),
          .notes = j.at("notes"),
          .explanation = j.at("explanation"),
          .violation = j.at("violation"),
          .isolation = j.at("isolation"),
          .not_drawn = j.at("not_drawn")};
}

}  // namespace heddle::cli
