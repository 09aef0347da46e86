#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include <heddle/harness/report.hpp>

namespace heddle::harness {
namespace {

constexpr std::size_t column_width_min = 28;
constexpr std::size_t column_width_max = 58;
constexpr std::size_t sentence_width_max = 116;
constexpr std::string_view margin = "    ";

// Columns on a terminal: our own texts hold only characters of width one.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t have = display_width(text);
  if (have < width) text.append(width - have, ' ');
  return text;
}

std::string repeated(std::string_view piece, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += piece;
  return text;
}

class palette {
 public:
  explicit palette(bool on) : on_(on) {}
  std::string bad(std::string_view text) const { return wrap("1;31", text); }
  std::string strong(std::string_view text) const { return wrap("1", text); }
  std::string faint(std::string_view text) const { return wrap("2", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool on_;
};

// --- The box

// The first columns of a text, with a mark if there is more.
std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (std::size_t columns = 0; columns + 1 < width; ++columns) do
      ++end;
    while (end < text.size() && (text[end] & 0xC0) == 0x80);
  return std::string(text.substr(0, end)) + "…";
}

// Broken at blanks into lines of at most `width` columns, if its words allow; further lines are indented.
std::vector<std::string> wrapped(const std::string& text, std::size_t width, std::string_view indent) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin + 1), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (display_width(lines.back() + word) <= width || lines.back().empty())
      lines.back() += word;
    else
      lines.push_back(std::string(indent) + word.substr(1));
    begin = end;
  }
  return lines;
}

std::string cell_text(const interleaving_line& line) {
  const bool is_step = !line.where.empty() || line.text.starts_with("…");
  return is_step && !line.response ? "  " + line.text : line.text;
}

std::vector<std::size_t> column_widths(const interleaving& picture) {
  std::vector<std::size_t> widths;
  for (const std::string& heading : picture.columns)
    widths.push_back(std::max(column_width_min, display_width(heading) + 4));
  for (std::size_t i = 0; i < picture.columns.size(); ++i)
    if (picture.columns[i] == "clock") widths[i] = 12;
  for (const interleaving_line& line : picture.lines) {
    const std::size_t gap = line.where.empty() ? 1 : 3;
    const std::size_t needed = display_width(cell_text(line)) + gap + display_width(line.where);
    widths[line.column] = std::max(widths[line.column], std::min(needed + 1, column_width_max));
  }
  return widths;
}

std::string rule(const std::vector<std::size_t>& widths, const std::vector<std::string>* headings,
                 std::string_view left, std::string_view middle, std::string_view right) {
  std::string text(left);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string heading = headings != nullptr ? " " + (*headings)[i] + " " : "";
    text += repeated("─", headings != nullptr ? 1 : 0) + heading;
    text += repeated("─", widths[i] - display_width(heading) - (headings != nullptr ? 1 : 0) + 1);
    text += i + 1 < widths.size() ? middle : right;
  }
  return text;
}

// What a line says in its cell: calls and results in as many lines as they need, operations in one.
std::vector<std::string> cell_lines(const interleaving_line& line, std::size_t width) {
  const std::string text = cell_text(line);
  if (line.where.empty()) return wrapped(text, width - 1, "    ");
  const std::size_t for_text = width - std::min(width - 8, display_width(line.where) + 2);
  return {padded(shortened(text, for_text), for_text + 1) + line.where};
}

std::string draw_box(const interleaving& picture, const failure& why, const palette& paint) {
  const auto widths = column_widths(picture);
  std::string text = fmt::format("{}{}\n", margin, rule(widths, &picture.columns, "┌", "┬", "┐"));
  for (const interleaving_line& line : picture.lines) {
    const auto cells = cell_lines(line, widths[line.column]);
    for (const std::string& cell : cells) {
      text += fmt::format("{}│", margin);
      for (std::size_t i = 0; i < widths.size(); ++i)
        text += " " + padded(i == line.column ? cell : "", widths[i]) + "│";
      const bool last = &cell == &cells.back();
      if (last && line.response && line.call == why.verdict.culprit && line.call != not_returned)
        text += paint.bad(" ◀ " + why.verdict.culprit_note);
      text += "\n";
    }
  }
  return text + fmt::format("{}{}\n", margin, rule(widths, nullptr, "└", "┴", "┘"));
}

// --- What the other failures say

std::string place(symbols& debug_info, const void* pc) {
  if (pc == nullptr) return "an unknown place";
  const source_line& where = debug_info.locate(pc);
  return where.file.empty() ? where.function : fmt::format("{}:{}", short_path(where.file), where.line);
}

std::string thread_name(const program_run& run, runtime::thread_id thread, std::size_t processes) {
  if (thread == 0) return "the main thread";
  if (thread <= processes) return describe_process(run.history, thread);
  return fmt::format("a further thread ({})", thread);
}

std::vector<std::string> race_lines(const contract_definition& contract, const program_run& run,
                                    std::size_t processes) {
  symbols& debug_info = symbols::of_this_process();
  location_names names(contract, run, debug_info);
  std::vector<std::string> lines;
  for (const runtime::data_race& r : run.outcome.races)
    lines.push_back(
        fmt::format("{} is {} by {} at {} and {} by {} at {}; nothing orders the two", names(r.address),
                    r.first_is_write ? "written" : "read", thread_name(run, r.first_thread, processes),
                    place(debug_info, r.first_pc), r.second_is_write ? "written" : "read",
                    thread_name(run, r.second_thread, processes), place(debug_info, r.second_pc)));
  return lines;
}

std::vector<std::string> deadlock_lines(const contract_definition& contract, const program_run& run,
                                        std::size_t processes) {
  symbols& debug_info = symbols::of_this_process();
  location_names names(contract, run, debug_info);
  std::vector<std::string> lines;
  for (const runtime::blocked_thread& b : run.outcome.blocked) {
    if (b.operation.kind == runtime::action::join && b.operation.pc == nullptr)
      continue;  // the harness's own
    std::string what = "something happens";
    switch (b.operation.kind) {
      case runtime::action::lock:
        what = "gets " + names(b.operation.address);
        break;
      case runtime::action::wait:
        what = names(b.operation.address) + " is notified";
        break;
      case runtime::action::join:
        what = "another thread ends";
        break;
      case runtime::action::semaphore_acquire:
        what = "gets " + names(b.operation.address);
        break;
      case runtime::action::barrier:
        what = "others arrive at " + names(b.operation.address);
        break;
      default:
        break;
    }
    std::string line = fmt::format("{} waits until {} at {}", thread_name(run, b.thread, processes),
                                   b.operation.kind == runtime::action::lock ? "it " + what : what,
                                   place(debug_info, b.operation.pc));
    if (b.owner != runtime::no_thread && b.operation.kind == runtime::action::lock)
      line += ", which " + thread_name(run, b.owner, processes) + " holds";
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> reason_lines(const contract_definition& contract, const program_run& run,
                                      const failure& why, std::size_t processes) {
  symbols& debug_info = symbols::of_this_process();
  const auto at = [&] { return place(debug_info, run.outcome.pc); };
  switch (why.kind) {
    case failure_kind::condition_violated: {
      std::vector<std::string> lines = why.verdict.reasons;
      if (!why.verdict.anomaly.empty()) lines.insert(lines.begin(), "anomaly: " + why.verdict.anomaly);
      return lines;
    }
    case failure_kind::invariant_broken:
      return {fmt::format("the invariant \"{}\" does not hold at the end", why.message)};
    case failure_kind::data_race:
      return race_lines(contract, run, processes);
    case failure_kind::deadlock:
      return deadlock_lines(contract, run, processes);
    case failure_kind::step_budget:
      return {
          fmt::format("after {} steps nobody had finished: a livelock, or a step budget that is too small",
                      run.outcome.steps)};
    case failure_kind::nondeterminism:
      return {
          "the same schedule did different things twice: the component depends on state that survives a run "
          "(statics, singletons), on addresses, or on something that Heddle does not control"};
    case failure_kind::stack_overflow:
      return {fmt::format("the stack (256 KiB) overflowed at {}", at())};
    default:
      return {fmt::format("{} at {}", why.message, at())};
  }
}

// --- Putting it together

std::string configuration_text(const contract_definition& contract, const counterexample& c) {
  const value config = contract.describe_configuration(c.what.configuration.value());
  return config.is(value::kind::null) ? "" : " " + to_text(config);
}

std::string prefix_text(const contract_definition& contract, const program_run& run) {
  std::string text;
  for (const recorded_call& c : run.history.calls) {
    if (c.process != main_process) break;
    text += text.empty() ? ", after " : ", ";
    text += describe_call(contract, c.operation, c.with);
    if (c.returned != not_returned) text += " → " + to_text(contract.operation_of(c).describe_result(c.seen));
  }
  return text;
}

// Calls that only the end of the run made: what finally() asked.
std::string epilogue_text(const contract_definition& contract, const program_run& run) {
  std::string text;
  bool processes_seen = false;
  for (const recorded_call& c : run.history.calls) {
    processes_seen |= c.process != main_process;
    if (c.process != main_process || !processes_seen || c.returned == not_returned) continue;
    text += text.empty() ? "" : ", ";
    text += describe_call(contract, c.operation, c.with) + " → " +
            to_text(contract.operation_of(c).describe_result(c.seen));
  }
  return text;
}

std::string body(const contract_definition& contract, const counterexample& c, const program_run& run,
                 const failure& why, const palette& paint) {
  std::string text = "\n";
  for (const std::string& line :
       wrapped(contract.name + configuration_text(contract, c) + prefix_text(contract, run),
               sentence_width_max, "    "))
    text += fmt::format("{}{}\n", margin, line);
  const interleaving picture = describe_interleaving(contract, run);
  if (!picture.lines.empty()) text += draw_box(picture, why, paint);
  if (const std::string after = epilogue_text(contract, run); !after.empty())
    text += fmt::format("{}afterwards: {}\n", margin, after);
  const auto say = [&text](const std::string& sentence) {
    for (const std::string& line : wrapped(sentence, sentence_width_max, "  "))
      text += fmt::format("{}{}\n", margin, line);
  };
  const std::size_t processes = c.what.processes.size();
  for (const std::string& sentence : reason_lines(contract, run, why, processes)) say(sentence);
  if (why.kind == failure_kind::condition_violated || why.kind == failure_kind::invariant_broken)
    for (const std::string& sentence : picture.diagnosis) say(sentence);
  if (why.kind != failure_kind::data_race)
    for (const std::string& sentence : race_lines(contract, run, processes)) say("data race: " + sentence);
  return text;
}

std::string switches_text(std::uint32_t count) {
  return fmt::format("{} switch{}", count, count == 1 ? "" : "es");
}

}  // namespace

program_run run_traced(const contract_definition& contract, const counterexample& c) {
  replayer again(c.how);
  run_options traced = c.run;
  traced.trace = true;
  return run_program(contract, c.what, again, traced);
}

std::string headline(const contract_definition& contract, const failure& why) {
  if (why.kind == failure_kind::condition_violated)
    return fmt::format("{} is {}", contract.name, contract.violated);
  std::string kind(describe(why.kind));
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return fmt::format("{}: {}", contract.name, kind);
}

std::string failure_report(const contract_definition& contract, const shrunk& s,
                           const report_options& options) {
  const palette paint(options.colour);
  const counterexample& c = s.smallest;
  const program_run run = run_traced(contract, c);
  const failure why = c.why.kind == failure_kind::nondeterminism ? c.why : judge_run(contract, run, true);
  std::string text = fmt::format(
      "{}          found in schedule {} of {} by {} · seed {:#x}{}\n", paint.bad(headline(contract, c.why)),
      grouped(c.schedule_number), grouped(options.schedules_budget), c.strategy, options.seed,
      options.seconds < 0 ? "" : fmt::format(" · {:.0f} ms", options.seconds * 1e3));
  text += fmt::format("shrunk from {}, {}   to   {}, {}\n", s.original_size,
                      switches_text(s.original_switches), describe_size(c.what), switches_text(s.switches));
  text += body(contract, c, run, why, paint);
  if (!options.replay_command.empty())
    text += fmt::format("\n{}replay    {}\n", margin, options.replay_command);
  return text;
}

std::string replay_report(const contract_definition& contract, const counterexample& c,
                          const report_options& options) {
  const palette paint(options.colour);
  const program_run run = run_traced(contract, c);
  const failure why = judge_run(contract, run, true);
  if (!why)
    return fmt::format("{} holds on this case: the failure ({}) did not happen again\n", contract.name,
                       describe(c.why.kind));
  return paint.bad(headline(contract, why)) + "          replayed\n" + body(contract, c, run, why, paint);
}

std::string history_report(const contract_definition& contract, const counterexample& c,
                           const report_options& options) {
  const palette paint(options.colour);
  std::string text = fmt::format("{}          found in run {} of {} on real threads · seed {:#x}\n\n",
                                 paint.bad(headline(contract, c.why)), grouped(c.schedule_number),
                                 grouped(options.schedules_budget), options.seed);
  text += fmt::format("{}{}{}\n", margin, contract.name, configuration_text(contract, c));
  for (const recorded_call& r : c.seen.calls) {
    const bool returned = r.returned != not_returned;
    text += fmt::format("{}  [{:>3}–{:<3}] {:<9} {}{}\n", margin, r.invoked,
                        returned ? std::to_string(r.returned) : "", describe_process(c.seen, r.process),
                        describe_call(contract, r.operation, r.with),
                        returned ? " → " + to_text(contract.operation_of(r).describe_result(r.seen)) : "");
  }
  const judgement why = c.why.kind == failure_kind::condition_violated
                            ? contract.decide(contract, c.seen, true)
                            : c.why.verdict;
  for (const std::string& line : why.reasons) text += fmt::format("{}{}\n", margin, line);
  if (!c.why.message.empty()) text += fmt::format("{}{}\n", margin, c.why.message);
  return text +
         fmt::format(
             "\n{}the numbers are positions of invocation and response; the test without .tsan finds a "
             "replayable schedule\n",
             margin);
}

bool wants_colour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(descriptor) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace heddle::harness
