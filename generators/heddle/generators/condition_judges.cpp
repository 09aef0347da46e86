#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <heddle/conditions/register_history.hpp>
#include <heddle/generators/condition_judges.hpp>
#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/linearizable.hpp>
#include <heddle/generators/program.hpp>

namespace heddle {
namespace {

using access = conditions::register_history::access;

void require_registers(condition asked, const contract_definition& contract) {
  const auto unusable = [&](const operation& o, const std::string& why) {
    throw std::invalid_argument("the contract \"" + contract.name + "\" cannot be run: " + name(asked) +
                                " is about reads and writes of registers, " + why + " \"" + o.name() + "\"");
  };
  for (const auto& o : contract.operations) {
    if (!o->registers) unusable(*o, "so say with .reads(…) or .writes(…) what is done by");
    if (o->may_block) unusable(*o, "and says nothing of a call that may block, as may that of");
  }
}

/// A map is a list of pairs.
std::vector<access> contents_of_map(const operation& o, const value& map) {
  const auto is_pair = [](const value& v) {
    return v.is(value::kind::record) && v.type().empty() && v.items().size() == 2;
  };
  const bool is_map =
      map.is(value::kind::list) && std::all_of(map.items().begin(), map.items().end(), is_pair);
  if (!is_map)
    throw std::invalid_argument("operation \"" + o.name() +
                                "\" reads_several() registers, so it has to return " +
                                "a map from registers to what they hold, not " + to_text(map));
  std::vector<access> all;
  for (const value& pair : map.items()) all.push_back({pair.items()[0], pair.items()[1]});
  return all;
}

class translation {
 public:
  translation(const contract_definition& contract, const recorded_history& history)
      : contract_(contract), history_(history), model_(contract.make_specification(history.configuration)) {}

  judgement run(condition asked, bool explain) {
    for (std::uint32_t i = 0; i < history_.calls.size(); ++i) add(i);
    judgement j;
    j.decided = !registers_.ambiguous();
    if (!j.decided) return j;
    const conditions::condition_verdict v = registers_.check(asked);
    j.holds = v.holds;
    if (v.holds || !explain) return j;
    j.reasons.push_back("violates " + name(asked) + ": " + v.why);
    j.culprit = last_of(v.operations);
    j.culprit_note = "violates " + name(asked);
    return j;
  }

 private:
  void add(std::uint32_t index) {
    const recorded_call& c = history_.calls[index];
    const operation& o = contract_.operation_of(c);
    const register_use& use = *o.registers;
    const bool returned = c.seen.what == observation::kind::returned;
    if (use.writes)
      registers_.write(process_of(c), {{key_of(o, c), argument(o, c, use.written)}}, !returned);
    else if (returned)
      add_read(o, c);
    else
      return;
    call_of_.push_back(index);
  }

  void add_read(const operation& o, const recorded_call& c) {
    const auto at_first = o.expected(*model_, model_->system().initial(), {c.process}, c.with);
    if (at_first) {
      for (const access& a : contents(o, c, *at_first)) registers_.starts_with(a.key, a.content);
    }
    registers_.read(process_of(c), contents(o, c, o.describe_result(c.seen)));
  }

  static std::vector<access> contents(const operation& o, const recorded_call& c, const value& result) {
    if (o.registers->several) return contents_of_map(o, result);
    return {{key_of(o, c), result}};
  }

  static value key_of(const operation& o, const recorded_call& c) {
    return o.registers->key ? argument(o, c, *o.registers->key) : value();
  }

  static value argument(const operation& o, const recorded_call& c, std::size_t index) {
    const std::vector<value> all = o.describe_arguments(c.with);
    if (index >= all.size())
      throw std::invalid_argument("operation \"" + o.name() + "\" has no argument " + std::to_string(index) +
                                  " (counted from 0) to read or write");
    return all[index];
  }

  std::uint32_t process_of(const recorded_call& c) {
    const auto [at, fresh] = processes_.try_emplace(c.process, 0);
    if (fresh) at->second = registers_.add_process(describe_process(history_, c.process));
    return at->second;
  }

  /// The call that returned last: with it the contradiction was complete.
  std::uint32_t last_of(const std::vector<std::uint32_t>& operations) const {
    std::uint32_t last = not_returned;
    for (const std::uint32_t o : operations) {
      const std::uint32_t call = call_of_[o];
      if (history_.calls[call].returned == not_returned) continue;
      if (last == not_returned || history_.calls[call].returned > history_.calls[last].returned) last = call;
    }
    return last;
  }

  const contract_definition& contract_;
  const recorded_history& history_;
  std::unique_ptr<specification> model_;
  conditions::register_history registers_;
  std::map<std::uint32_t, std::uint32_t> processes_;
  std::vector<std::uint32_t> call_of_;
};

}  // namespace

judge judge_of(condition asked) {
  if (!is_of_registers(asked)) {
    return [asked](const contract_definition& contract, const recorded_history& history, bool explain) {
      return judge_by_order(asked, contract, history, explain);
    };
  }
  return [asked](const contract_definition& contract, const recorded_history& history, bool explain) {
    require_registers(asked, contract);
    return translation(contract, history).run(asked, explain);
  };
}

}  // namespace heddle
