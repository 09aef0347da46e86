#include <algorithm>

#include <fmt/format.h>

#include <heddle/harness/drawing.hpp>
#include <heddle/harness/interleaving.hpp>
#include <heddle/harness/report.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::harness {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

class artist {
 public:
  artist(const contract_definition& contract, const counterexample& c)
      : contract_(contract),
        case_(c),
        run_(run_traced(contract, c)),
        why_(judge_run(contract, run_, true)),
        lines_(describe_interleaving(contract, run_)) {}

  picture::diagram draw() {
    d_.axis = "step";
    d_.title = contract_.name;
    describe_verdict();
    const std::vector<recorded_call>& calls = run_.history.calls;
    bar_of_.assign(calls.size(), none);
    add_lanes();
    std::uint32_t next = 0;
    for (; next < calls.size() && calls[next].process == main_process; ++next) add_main_call(next);
    for (const interleaving_line& line : lines_.lines) add_line(line);
    for (; next < calls.size(); ++next) {
      if (calls[next].process == main_process) add_main_call(next);
    }
    return std::move(d_);
  }

 private:
  void describe_verdict() {
    d_.says = why_ ? picture::verdict::violation : picture::verdict::ok;
    d_.headline = why_ ? headline(contract_, why_) : contract_.name + " holds on this case";
    d_.explanation = replay_report(contract_, case_, {});
    d_.facts = {fmt::format("{} calls", run_.history.calls.size()), "found by " + case_.strategy};
    const value configuration = contract_.describe_configuration(case_.what.configuration.value());
    if (!configuration.is(value::kind::null)) d_.facts.push_back(to_text(configuration));
  }

  /// The clock has no lane: what moves it concerns all.
  void add_lanes() {
    const std::vector<recorded_call>& calls = run_.history.calls;
    const bool main_calls = std::any_of(calls.begin(), calls.end(),
                                        [](const recorded_call& c) { return c.process == main_process; });
    if (main_calls) d_.lanes = {"main"};
    for (const std::string& column : lines_.columns) {
      lane_of_.push_back(column == "clock" ? none : d_.lanes.size());
      if (column != "clock") d_.lanes.push_back(column);
    }
  }

  void add_main_call(std::uint32_t call) {
    begin(call, 0);
    ++now_;
    if (run_.history.calls[call].returned != not_returned) end(call);
    ++now_;
  }

  void add_line(const interleaving_line& line) {
    const std::size_t lane = lane_of_[line.column];
    if (lane == none) {
      d_.moments.push_back({now_, line.text});
    } else if (line.call != not_returned) {
      const bool first = bar_of_[line.call] == none;
      if (first) begin(line.call, static_cast<std::uint32_t>(lane));
      if (!first && !line.response) step_of(line);
      if (line.response && run_.history.calls[line.call].returned != not_returned) end(line.call);
    }
    ++now_;
  }

  void step_of(const interleaving_line& line) {
    d_.bars[bar_of_[line.call]].steps.push_back({now_, line.text, line.where});
  }

  void begin(std::uint32_t call, std::uint32_t lane) {
    const recorded_call& c = run_.history.calls[call];
    const operation& o = contract_.operation_of(c);
    picture::bar b{.lane = lane, .begin = now_, .end = {}, .how = picture::outcome::info};
    b.operation = o.name();
    for (const value& v : o.describe_arguments(c.with))
      b.arguments += (b.arguments.empty() ? "" : ", ") + to_text(v);
    b.label = describe_call(contract_, c.operation, c.with);
    if (c.returned != not_returned) {
      b.how = picture::outcome::ok;
      b.result = to_text(o.describe_result(c.seen));
      b.label += " → " + b.result;
    } else {
      b.notes.push_back(c.crashed ? "its process was killed" : "never returned");
    }
    if (call == why_.verdict.culprit) {
      b.stands = picture::standing::culprit;
      b.notes.push_back(why_.verdict.culprit_note);
    }
    bar_of_[call] = d_.bars.size();
    d_.bars.push_back(std::move(b));
  }

  void end(std::uint32_t call) { d_.bars[bar_of_[call]].end = now_; }

  const contract_definition& contract_;
  const counterexample& case_;
  program_run run_;
  failure why_;
  interleaving lines_;
  std::vector<std::size_t> lane_of_;  ///< by column, `none` for the clock
  std::vector<std::size_t> bar_of_;   ///< by call, `none` if it has none yet
  double now_ = 0;
  picture::diagram d_;
};

}  // namespace

picture::diagram draw(const contract_definition& contract, const counterexample& c) {
  return artist(contract, c).draw();
}

}  // namespace heddle::harness
