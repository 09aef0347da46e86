#include <algorithm>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include <heddle/conditions/register_history.hpp>
#include <heddle/recorded/calls.hpp>
#include <heddle/recorded/register_conditions.hpp>

namespace heddle::recorded {

namespace {

using access = conditions::register_history::access;

class translation {
 public:
  translation(const model& m, history& h, const judge_options& options)
      : model_(m), history_(h), options_(options), space_(m.make_space(options.initial)) {}

  judgement run() {
    judgement j;
    j.asked = options_.condition;
    j.method = "reads from";
    const std::vector<call> calls = calls_of(model_, history_, *space_, j.counts).to_explain;
    j.judged = calls.size();
    for (const call& c : calls) add(c);
    expect_told_apart();
    if (entries_.size() > register_operations_max) {
      j.gave_up = "more than " + std::to_string(register_operations_max) + " reads and writes";
      return j;
    }
    conclude(j);
    return j;
  }

 private:
  void add(const call& c) {
    const entry& e = history_.entries()[c.entry];
    const std::string& name = model_.operations[c.operation].name;
    const auto wrong = [&](const value_error& error) {
      history_.fail(e, "the answer of " + name + " to be " + error.expected(), to_text(history_.at(e.result)),
                    true);
    };
    try {
      space_->symbol(sighted(history_, c));  // is it written as the model says?
    } catch (const wrong_answer& error) {
      wrong(error.what);
    } catch (const value_error& error) {
      history_.fail(e, "the argument of " + name + " to be " + error.expected(),
                    to_text(history_.at(e.argument)));
    }
    try {
      add_accesses(c, e, name);
    } catch (const value_error& error) {
      wrong(error);
    }
  }

  void add_accesses(const call& c, const entry& e, const std::string& name) {
    std::vector<access> reads, writes;
    const value* result = e.end == outcome::info ? nullptr : &history_.at(c.result);
    const value object = history_.at(c.object);
    const bool known =
        model_.as_registers(name, history_.at(c.argument), result, [&](const micro_operation& o) {
          (o.writes ? writes : reads).push_back({key_of(object, o.key), o.content});
        });
    const std::string asked = heddle::name(options_.condition);
    if (!known || (!reads.empty() && !writes.empty()))
      history_.fail(e, "an operation that only reads or only writes, since " + asked + " is about those",
                    to_text(history_, e));
    if (const auto again = twice(reads.empty() ? writes : reads))
      history_.fail(
          e,
          "each register once in an operation, since " + asked + " is about reads and writes of one moment",
          to_text(*again) + " again");
    if (reads.empty() && writes.empty()) return;
    begin_object(object);
    const std::uint32_t session = session_of(e);
    if (writes.empty())
      registers_.read(session, reads);
    else
      registers_.write(session, writes, result == nullptr);
    entries_.push_back(c.entry);
  }

  static std::optional<value> twice(const std::vector<access>& accesses) {
    std::set<value> keys;
    for (const access& a : accesses)
      if (!keys.insert(a.key).second) return a.key;
    return std::nullopt;
  }

  static value key_of(const value& object, const value& own) {
    if (object.is(value::kind::null)) return own;
    return own.is(value::kind::null) ? object : value::list({object, own});
  }

  void begin_object(const value& object) {
    if (!options_.initial || !objects_.insert(object).second) return;
    model_.as_registers("write", *options_.initial, nullptr, [&](const micro_operation& o) {
      registers_.starts_with(key_of(object, o.key), o.content);
    });
  }

  std::uint32_t session_of(const entry& e) {
    const auto [at, fresh] = sessions_.try_emplace(e.process, 0);
    if (fresh) at->second = registers_.add_process("process " + to_text(history_.at(e.process)));
    const std::uint32_t session = at->second;
    if (e.end == outcome::info) sessions_.erase(at);
    return session;
  }

  void expect_told_apart() const {
    const auto found = registers_.ambiguous();
    if (!found) return;
    const entry& e = history_.entries()[entries_[found->write]];
    const bool at_first = found->earlier == conditions::no_operation;
    const std::string since =
        at_first ? " (it was there at first)"
                 : " (as in " + place_of_call(history_.entries()[entries_[found->earlier]]) + ')';
    history_.fail(e, "values that a register has once, so that reads tell which write they saw",
                  to_text(history_, e) + since);
  }

  void conclude(judgement& j) const {
    const conditions::condition_verdict v = registers_.check(options_.condition);
    j.result = v.holds ? linearizability::outcome::linearizable : linearizability::outcome::violation;
    if (v.holds) j.placed = j.judged;
    if (v.holds || !options_.explain) return;
    j.why.emplace();
    j.why->sentence = v.why;
    for (const std::uint32_t i : v.operations) j.why->operations.push_back(entries_[i]);
    auto& involved = j.why->operations;
    std::sort(involved.begin(), involved.end());
    involved.erase(std::unique(involved.begin(), involved.end()), involved.end());
  }

  const model& model_;
  history& history_;
  const judge_options& options_;
  std::unique_ptr<call_space> space_;
  conditions::register_history registers_;
  std::vector<std::uint32_t> entries_;  ///< of the register operations
  std::unordered_map<value_id, std::uint32_t> sessions_;
  std::set<value> objects_;
};

}  // namespace

judgement judge_register_condition(const model& m, history& h, const judge_options& options) {
  const std::string asked = name(options.condition);
  if (!m.as_registers) throw std::invalid_argument(asked + " is not defined for model " + m.name);
  if (!options.monitors || options.witness)
    throw std::invalid_argument("the general search does not decide " + asked);
  return translation(m, h, options).run();
}

}  // namespace heddle::recorded
