#include <algorithm>
#include <fstream>

#include <heddle/linearizability/number_text.hpp>
#include <heddle/recorded/drawing.hpp>
#include <heddle/recorded/transactions.hpp>

namespace heddle::recorded {

namespace {

constexpr std::chrono::seconds order_time_max{10};
constexpr std::uint64_t order_memory_max = 1'000'000'000;
constexpr std::size_t state_text_max = 600;
constexpr std::size_t cycles_max = 100;

picture::outcome drawn(outcome end) {
  return end == outcome::ok     ? picture::outcome::ok
         : end == outcome::fail ? picture::outcome::fail
                                : picture::outcome::info;
}

std::string place_text(const text_position& at, std::uint32_t position) {
  if (at.line != 0) return "line " + std::to_string(at.line);
  return position == never ? "" : "event " + std::to_string(position);
}

std::string unquoted(const value& v) {
  return v.is(value::kind::text) ? v.as_text() : to_text(v);
}

/// What the transaction did: as its completion says, else as it was asked to; none if neither is a list.
std::vector<value> steps_of(const history& h, const entry& e) {
  const value& said = h.at(e.end == outcome::ok && e.result != null_value ? e.result : e.argument);
  if (!said.is(value::kind::list)) return {};
  return {said.items().begin(), said.items().end()};
}

/// "r x [1] · append y 2"
std::string transaction_text(const history& h, const entry& e) {
  std::string text;
  for (const value& step : steps_of(h, e)) {
    const auto part = step.items();
    text += (text.empty() ? "" : " · ") + unquoted(part[0]) + ' ' + unquoted(part[1]);
    if (!part[2].is(value::kind::null)) text += ' ' + to_text(part[2]);
  }
  return text + (e.end == outcome::ok ? "" : e.end == outcome::fail ? " → failed" : " → unknown");
}

/// Of the process, in bytes; 0 where the system does not tell.
std::uint64_t memory_in_use() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096;
}

class artist {
 public:
  artist(const model& m, history& h, const judgement& j, const judge_options& options)
      : model_(m), history_(h), judged_(j), options_(options), transactions_(m.transactional) {}

  picture::diagram run() {
    draw_bars();
    describe_verdict();
    if (options_.condition == condition::linearizability)
      place(judged_.order.empty() ? order_by_search() : judged_);
    else
      d_.facts.push_back("no order is shown: " + name(options_.condition) + " does not keep real time");
    if (judged_.isolation) add_cycles();
    return std::move(d_);
  }

 private:
  void draw_bars() {
    std::vector<value_id> processes;
    for (const entry& e : history_.entries()) processes.push_back(e.process);
    const auto before = [&](value_id a, value_id b) { return history_.at(a) < history_.at(b); };
    std::sort(processes.begin(), processes.end(), before);
    processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
    for (const value_id p : processes) d_.lanes.push_back("process " + to_text(history_.at(p)));
    for (const entry& e : history_.entries()) {
      const auto lane = std::lower_bound(processes.begin(), processes.end(), e.process, before);
      d_.bars.push_back(bar_of(e, static_cast<std::uint32_t>(lane - processes.begin())));
    }
  }

  picture::bar bar_of(const entry& e, std::uint32_t lane) {
    const auto text = [&](value_id v) { return v == null_value ? "" : to_text(history_.at(v)); };
    picture::bar b{.lane = lane,
                   .begin = static_cast<double>(e.invoked),
                   .end = {},
                   .how = drawn(e.end),
                   .label = transactions_ ? transaction_text(history_, e) : to_text(history_, e),
                   .operation = history_.function(e),
                   .arguments = text(e.argument),
                   .result = e.end == outcome::info ? "" : text(e.result),
                   .called_at = place_text(e.call, e.invoked),
                   .returned_at = e.completion.line == 0 ? "" : place_text(e.completion, e.returned),
                   .object = text(object_of(e))};
    if (e.returned != never) b.end = e.returned;
    return b;
  }

  /// A key may stand before the argument, or alone in its place.
  value_id object_of(const entry& e) {
    if (e.key != null_value || !model_.keyed) return e.key;
    const value& argument = history_.at(e.argument);
    const bool pair = argument.is(value::kind::list) && !argument.items().empty();
    return pair ? history_.intern(argument.items()[0]) : e.argument;
  }

  void describe_verdict() {
    using linearizability::outcome;
    d_.title = history_.name();
    d_.says = judged_.result == outcome::linearizable ? picture::verdict::ok
              : judged_.result == outcome::violation  ? picture::verdict::violation
                                                      : picture::verdict::unknown;
    const std::string asked = satisfied(model_, options_);
    d_.headline = (d_.says == picture::verdict::ok          ? asked
                   : d_.says == picture::verdict::violation ? negated(asked)
                                                            : "UNKNOWN whether " + asked) +
                  " as " + model_.name;
    d_.explanation = to_text(history_, judged_);
    d_.facts = {counted(history_.entries().size(), "operation"), "decided by " + judged_.method};
    for (const std::string& note : history_.notes().texts()) d_.facts.push_back(note);
    if (judged_.why) point_at(*judged_.why);
  }

  void point_at(const explanation& why) {
    for (const std::uint32_t i : why.operations) d_.bars[i].stands = picture::standing::involved;
    if (why.sentence.empty()) point_at_culprit(why);
  }

  void point_at_culprit(const explanation& why) {
    picture::bar& b = d_.bars[why.culprit];
    b.stands = picture::standing::culprit;
    d_.stops = b.end;
    std::string answers;
    for (const value& v : why.answers) answers += (answers.empty() ? "" : " or ") + to_text(v);
    b.notes.push_back("has no place in any order of what had returned by then");
    if (!answers.empty()) b.notes.push_back("the model would answer " + answers);
    if (why.fits_before_others) b.notes.push_back("it fits somewhere, but then what follows does not");
  }

  /// Beside what a monitor or the dependency graph said; less than a verdict, since it may be cut short.
  judgement order_by_search() {
    judge_options how = options_;
    how.witness = true;
    how.state_text_max = state_text_max;
    how.time_max =
        std::min<std::chrono::nanoseconds>(options_.time_max.value_or(order_time_max), order_time_max);
    // The search keeps every state that it meets; of a long queue those are large.
    const std::uint64_t memory_max = memory_in_use() + order_memory_max;
    how.stop = [&] { return memory_in_use() > memory_max; };
    how.monitors = false;
    how.level = isolation::level::strict_serializable;
    judgement found = judge(model_, history_, how);
    const bool culprit = found.why && found.why->sentence.empty();
    if (culprit && !d_.stops) point_at_culprit(*found.why);
    return found;
  }

  void place(const judgement& j) {
    std::vector<std::vector<picture::order_step>> orders;
    std::string before;
    for (const placed_operation& p : j.order) {
      if (p.first) {
        orders.emplace_back();
        before = to_text(j.initial);
      }
      std::string after = to_text(p.state);
      orders.back().push_back({p.entry, std::move(before), after});
      before = std::move(after);
    }
    picture::place_in_order(d_, orders);
    const bool whole = d_.says == picture::verdict::ok;
    if (j.order.empty()) {
      d_.facts.push_back("no order was found in time to be shown");
    } else {
      d_.facts.push_back((whole ? "an order of " : "the longest prefix has an order of ") +
                         counted(j.order.size(), "operation"));
    }
  }

  void add_cycles() {
    const isolation::findings& found = judged_.isolation->found;
    const isolation::naming names = names_in(history_);
    std::string levels;
    for (const isolation::level l : found.strongest()) levels += (levels.empty() ? "" : ", ") + name(l);
    d_.facts.push_back("strongest isolation: " + (levels.empty() ? "below read committed" : levels));
    for (const isolation::anomaly& a : found.anomalies()) {
      if (d_.cycles.size() == cycles_max) {
        d_.facts.push_back(std::to_string(found.anomalies().size()) +
                           " anomalies, of which these are the gravest");
        break;
      }
      d_.cycles.push_back(cycle_of(a, names));
    }
  }

  picture::cycle cycle_of(const isolation::anomaly& a, const isolation::naming& names) {
    picture::cycle c{.name = name(a), .plain = a.plain, .edges = {}};
    c.detail = a.detail;
    for (const isolation::edge& e : a.cycle) {
      const std::string kind = name(e.what);
      c.edges.push_back({e.from, e.to, kind, e.key ? kind + ' ' + names.key(*e.key) : kind});
      for (const std::uint32_t node : {e.from, e.to}) {
        picture::bar& b = d_.bars[node];
        if (b.stands == picture::standing::plain) b.stands = picture::standing::involved;
      }
    }
    return c;
  }

  const model& model_;
  history& history_;
  const judgement& judged_;
  const judge_options& options_;
  bool transactions_;
  picture::diagram d_;
};

}  // namespace

picture::diagram draw(const model& m, history& h, const judgement& j, const judge_options& options) {
  return artist(m, h, j, options).run();
}

}  // namespace heddle::recorded
