// heddle check: judges recorded histories.
#include <algorithm>
#include <charconv>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include <heddle/cli/check_file.hpp>
#include <heddle/cli/commands.hpp>
#include <heddle/cli/pattern_models.hpp>
#include <heddle/cli/progress_line.hpp>
#include <heddle/cli/worker_pool.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/recorded/json.hpp>
#include <heddle/recorded/models/models.hpp>

namespace heddle::cli {
namespace {

using json = nlohmann::ordered_json;

// --- What was asked for

const std::vector<recorded::model>& known_models() {
  static const std::vector<recorded::model> all = [] {
    std::vector<recorded::model> models(recorded::models().begin(), recorded::models().end());
    for (recorded::model& m : pattern_models()) models.push_back(std::move(m));
    return models;
  }();
  return all;
}

const recorded::model& model_named(const std::string& name) {
  std::string known;
  for (const recorded::model& m : known_models()) {
    if (m.name == name) return m;
    known += (known.empty() ? "" : ", ") + m.name;
  }
  if (name.empty()) throw usage_error("--model is missing; there are " + known);
  throw usage_error(fmt::format("there is no model \"{}\"; there are {}", name, known));
}

recorded::format format_named(const std::string& name) {
  if (name == "auto") return recorded::format::automatic;
  if (name == "jsonl") return recorded::format::jsonl;
  return name == "etcd" ? recorded::format::etcd : recorded::format::edn;
}

/// "10", "10s", "500ms", "2m", "1h"; nothing for "none".
std::optional<std::chrono::nanoseconds> parse_timeout(const std::string& text) {
  if (text == "none") return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::pair<std::string_view, double> units[] = {{"", 1},      {"s", 1},  {"ms", 1e-3},
                                                           {"us", 1e-6}, {"m", 60}, {"h", 3600}};
  for (const auto& [name, seconds] : units) {
    const double limit = number * seconds;
    if (error == std::errc() && unit == name && limit >= 0 && limit < 1e9)
      return std::chrono::nanoseconds(static_cast<std::int64_t>(limit * 1e9));
  }
  throw usage_error(fmt::format("--timeout {}: expected a time such as 10s, 500ms or 2m, or none", text));
}

std::optional<value> parse_initial(const std::string& text, const recorded::model& by) {
  if (text.empty()) return std::nullopt;
  if (by.initial.empty())
    throw usage_error(fmt::format("--initial: model {} always starts in the same state", by.name));
  try {
    value initial = recorded::parse_json(text, "--initial");
    by.make_space(initial);
    return initial;
  } catch (const recorded::history_error& e) {
    throw usage_error(e.what());
  } catch (const value_error& e) {
    throw usage_error(fmt::format("--initial {}: expected {}: {}", text, by.initial, e.expected()));
  }
}

std::string models_of_registers() {
  std::string names;
  for (const recorded::model& m : recorded::models())
    if (m.as_registers) names += (names.empty() ? "" : ", ") + m.name;
  return names;
}

condition condition_asked(const check_settings& settings, const recorded::model& by) {
  if (settings.condition.empty()) return condition::linearizability;
  if (!settings.level.empty())
    throw usage_error("--condition and --level: give one of them; levels are the conditions of transactions");
  const auto asked = condition_named(settings.condition);
  if (!asked) {
    std::string known;
    for (std::size_t i = 0; i < condition_count; ++i)
      known += (i == 0 ? "" : ", ") + hyphenated(name(static_cast<condition>(i)));
    throw usage_error(fmt::format("there is no condition \"{}\"; there are {}", settings.condition, known));
  }
  if (!is_of_registers(*asked)) return *asked;
  if (!by.as_registers)
    throw usage_error(fmt::format(
        "--condition: {} is about reads and writes, so it is not defined for model {}; it is for {}",
        settings.condition, by.name, models_of_registers()));
  if (settings.search_only)
    throw usage_error(fmt::format("--search-only: the search does not decide {}", settings.condition));
  return *asked;
}

isolation::level level_named(const check_settings& settings, const recorded::model& by) {
  constexpr auto strictest = isolation::level::strict_serializable;
  if (settings.level.empty()) return strictest;
  if (!by.transactional) throw usage_error(fmt::format("--level: model {} has no transactions", by.name));
  std::string known;
  for (std::size_t i = 0; i < isolation::level_count; ++i) {
    const auto l = static_cast<isolation::level>(i);
    known += (known.empty() ? "" : ", ") + hyphenated(name(l));
    if (hyphenated(name(l)) != settings.level) continue;
    if (settings.search_only && l != strictest)
      throw usage_error("--search-only: the search decides strict-serializable only");
    return l;
  }
  throw usage_error(fmt::format("there is no level \"{}\"; there are {}", settings.level, known));
}

check_request request_of(const check_settings& settings) {
  const recorded::model& by = model_named(settings.model);
  return {&by,
          format_named(settings.format),
          {.time_max = parse_timeout(settings.timeout),
           .initial = parse_initial(settings.initial, by),
           .monitors = !settings.search_only,
           .condition = condition_asked(settings, by),
           .level = level_named(settings, by)},
          settings.drawn};
}

void list_models() {
  for (const recorded::model& m : known_models()) {
    fmt::print("{:<24} {}\n", m.name, m.summary);
    for (const recorded::operation_text& op : m.operations) {
      const std::string call = op.name + (op.argument.empty() ? "" : ' ' + op.argument);
      fmt::print("    {:<28}", call);
      if (!op.answer.empty()) fmt::print(" → {}", op.answer);
      if (!op.meaning.empty()) fmt::print("{}{}", op.answer.empty() ? " " : "; ", op.meaning);
      fmt::print("\n");
    }
    if (!m.initial.empty()) fmt::print("    --initial: {}\n", m.initial);
  }
}

void list_conditions() {
  fmt::print("\nConditions (--condition), those after quiescent-consistency for {}:\n",
             models_of_registers());
  for (std::size_t i = 0; i < condition_count; ++i) {
    const auto c = static_cast<condition>(i);
    fmt::print("    {:<24} {}\n", hyphenated(name(c)), meaning(c));
  }
}

// --- Judging and printing

class check_run {
 public:
  explicit check_run(const check_settings& settings)
      : settings_(settings),
        request_(request_of(settings)),
        reports_(settings.histories.size()),
        colour_(harness::wants_colour(STDOUT_FILENO)) {}

  int run() {
    judge_all();
    for (const file_report& r : reports_) print_details(r);
    print_table();
    if (!settings_.json.empty()) write_json();
    for (const file_report& r : reports_) {
      if (!r.not_drawn.empty()) throw usage_error(r.not_drawn);
    }
    return exit_code();
  }

 private:
  void judge_all() {
    progress_line progress(!settings_.quiet);
    std::size_t done = 0;
    const auto job = [&](std::size_t i) {
      return to_json_text(to_json(check_file(settings_.histories[i], request_)), -1);
    };
    const auto on_done = [&](std::size_t i, job_result result) {
      ++done;
      if (result.died.empty()) {
        reports_[i] = report_of(json::parse(result.text));
      } else {
        reports_[i].verdict = "unknown";
        reports_[i].reason = "its process died: " + result.died;
      }
      reports_[i].file = settings_.histories[i];
    };
    run_in_processes(reports_.size(), settings_.jobs == 0 ? processors() : settings_.jobs, job, on_done,
                     [&] { progress.show("histories", done, reports_.size()); });
  }

  std::size_t count(std::string_view verdict) const {
    return static_cast<std::size_t>(
        std::count_if(reports_.begin(), reports_.end(), [&](const auto& r) { return r.verdict == verdict; }));
  }

  int exit_code() const {
    if (count("violation") != 0) return 1;
    if (count("unreadable") != 0) return 2;
    return count("unknown") != 0 ? 3 : 0;
  }

  std::string coloured(std::string_view verdict, std::string text) const {
    if (!colour_) return text;
    const char* colour = verdict == "ok" ? "32" : verdict == "violation" ? "31" : "33";
    return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
  }

  void print_details(const file_report& r) const {
    if (settings_.quiet && r.verdict == "ok") return;
    if (r.verdict == "unreadable") {
      fmt::print(stderr, "heddle: {}\n", r.reason);
      return;
    }
    if (r.explanation.empty() && r.notes.empty()) return;
    const std::string headline = r.verdict == "ok"          ? "ok"
                                 : r.verdict == "violation" ? negated(asked()) + " as " + request_.by->name
                                                            : "UNKNOWN";
    fmt::print("{}: {}\n{}", r.file, coloured(r.verdict, headline), r.explanation);
    for (const std::string& note : r.notes) fmt::print("  note: {}\n", note);
    fmt::print("\n");
  }

  std::string asked() const { return satisfied(*request_.by, request_.how); }

  static std::string verdict_text(const file_report& r) {
    return r.verdict == "unknown" ? "unknown (" + r.reason + ')' : r.verdict;
  }

  // --- The table

  void print_table() const {
    std::size_t file_width = 7, verdict_width = 9, method_width = 10;
    for (const file_report& r : reports_) {
      file_width = std::max(file_width, r.file.size());
      verdict_width = std::max(verdict_width, verdict_text(r).size());
      method_width = std::max(method_width, r.method.size());
    }
    if (!settings_.quiet) {
      fmt::print("{:<{}}  {:<{}}  {:>10}  {:>7}  {:<{}}  {:>12}  {:>9}\n", "history", file_width, "verdict",
                 verdict_width, "operations", "unknown", "decided by", method_width, "steps", "time");
      for (const file_report& r : reports_) {
        fmt::print("{:<{}}  {}  {:>10}  {:>7}  {:<{}}  {:>12}  {:>7.3f} s\n", r.file, file_width,
                   coloured(r.verdict, fmt::format("{:<{}}", verdict_text(r), verdict_width)),
                   harness::grouped(r.operations), harness::grouped(r.unknown_outcomes), r.method,
                   method_width, harness::grouped(r.steps), r.seconds);
      }
    }
    fmt::print("{}\n", total_text());
  }

  std::string total_text() const {
    const std::string how = settings_.condition.empty() ? "" : ", " + settings_.condition;
    std::string text = fmt::format("{} {} by model {}{}: {} ok, {} violation{}", reports_.size(),
                                   reports_.size() == 1 ? "history" : "histories", request_.by->name, how,
                                   count("ok"), count("violation"), count("violation") == 1 ? "" : "s");
    for (const char* other : {"unknown", "unreadable"}) {
      if (count(other) != 0) text += fmt::format(", {} {}", count(other), other);
    }
    return text;
  }

  void write_json() const {
    json histories = json::array();
    for (const file_report& r : reports_) histories.push_back(to_json(r));
    const json root = {{"format", "heddle-check"},
                       {"version", 1},
                       {"model", request_.by->name},
                       {"asked", asked()},
                       {"histories", histories}};
    std::ofstream out(settings_.json);
    out << to_json_text(root, 1) << "\n";
    out.close();
    if (!out) throw usage_error(fmt::format("--json {}: cannot be written", settings_.json));
  }

  const check_settings& settings_;
  check_request request_;
  std::vector<file_report> reports_;
  bool colour_;
};

}  // namespace

int run_check(const check_settings& settings) {
  if (settings.list) {
    list_models();
    list_conditions();
    return 0;
  }
  if (settings.histories.empty())
    throw usage_error("no history is given; heddle check --list names the models");
  if (!settings.drawn.none() && settings.histories.size() != 1)
    throw usage_error(
        fmt::format("--html and --trace draw one history, but {} are given", settings.histories.size()));
  return check_run(settings).run();
}

}  // namespace heddle::cli
