#include <algorithm>
#include <unordered_map>

#include <heddle/recorded/calls.hpp>

namespace heddle::recorded {

namespace {

std::string names_of(const model& m) {
  std::string names;
  for (std::size_t i = 0; i < m.operations.size(); ++i) {
    if (i != 0) names += i + 1 == m.operations.size() ? " or " : ", ";
    names += m.operations[i].name;
  }
  return names;
}

class preparation {
 public:
  preparation(const model& m, history& h, const call_space& space) : model_(m), history_(h), space_(space) {}

  sorted_calls run(outcome_counts& counts) {
    const auto entries = history_.entries();
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      const entry& e = entries[i];
      ++(e.end == outcome::ok ? counts.ok : e.end == outcome::fail ? counts.failed : counts.unknown);
      add(i, e);
    }
    partition_elements();
    return {std::move(calls_), std::move(without_effect_)};
  }

 private:
  static constexpr std::uint32_t unknown_operation = never;

  void add(std::uint32_t i, const entry& e) {
    const std::uint32_t operation = operation_of(e);
    call c{.entry = i, .operation = operation, .argument = e.argument, .result = e.result};
    c.object = model_.keyed && e.key == null_value ? split_key(e, c) : e.key;
    const bool effective = e.end == outcome::ok || (e.end == outcome::info && space_.may_change(operation));
    (effective ? calls_ : without_effect_).push_back(c);
  }

  std::uint32_t operation_of(const entry& e) {
    const auto [known, fresh] = operations_.try_emplace(e.function, unknown_operation);
    if (fresh) {
      for (std::uint32_t i = 0; i < model_.operations.size(); ++i) {
        if (model_.operations[i].name == history_.function(e)) known->second = i;
      }
    }
    if (known->second == unknown_operation) {
      history_.fail(e, names_of(model_) + ", the operations of model " + model_.name, history_.function(e));
    }
    return known->second;
  }

  /// [key value] as independent keys are written in Jepsen; or the key alone where there is no value.
  value_id split_key(const entry& e, call& c) {
    const value argument = history_.at(e.argument);
    const bool takes_argument = !model_.operations[c.operation].argument.empty();
    const bool pair = argument.is(value::kind::list) && argument.items().size() == 2;
    if (argument.is(value::kind::null) || (takes_argument && !pair)) {
      history_.fail(e, "a key, or [key value]", to_text(argument));
    }
    if (!pair) {
      c.argument = null_value;
      return e.argument;
    }
    const value_id key = history_.intern(argument.items()[0]);
    c.argument = history_.intern(argument.items()[1]);
    const value result = history_.at(e.result);
    if (result.is(value::kind::list) && result.items().size() == 2 &&
        result.items()[0] == argument.items()[0]) {
      c.result = history_.intern(result.items()[1]);
    }
    return key;
  }

  /// One partition per key; per key and element where all its operations concern one element each.
  void partition_elements() {
    std::unordered_map<value_id, bool> elementwise;
    for (const call& c : calls_) {
      bool& all = elementwise.try_emplace(c.object, true).first->second;
      all = all && model_.operations[c.operation].elementwise;
    }
    std::unordered_map<std::uint64_t, std::uint32_t> numbers;
    for (call& c : calls_) {
      const value_id element = elementwise[c.object] ? c.argument : null_value;
      const std::uint64_t both = std::uint64_t{c.object} << 32 | element;
      c.partition = numbers.try_emplace(both, static_cast<std::uint32_t>(numbers.size())).first->second;
    }
  }

  const model& model_;
  history& history_;
  const call_space& space_;
  std::unordered_map<value_id, std::uint32_t> operations_;
  std::vector<call> calls_;
  std::vector<call> without_effect_;
};

}  // namespace

sorted_calls calls_of(const model& m, history& h, const call_space& space, outcome_counts& counts) {
  return preparation(m, h, space).run(counts);
}

sighted_call sighted(const history& h, const call& c) {
  const entry& e = h.entries()[c.entry];
  return {.operation = c.operation,
          .argument = h.at(c.argument),
          .argument_id = c.argument,
          .result = e.end == outcome::info ? nullptr : &h.at(c.result),
          .process = e.process};
}

}  // namespace heddle::recorded
