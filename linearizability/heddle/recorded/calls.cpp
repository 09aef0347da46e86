#include <algorithm>

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
    calls_.reserve(entries.size());
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
    if (e.function >= operations_.size()) operations_.resize(e.function + std::size_t{1}, unknown_operation);
    std::uint32_t& known = operations_[e.function];
    if (known != unknown_operation) return known;
    for (std::uint32_t i = 0; i < model_.operations.size(); ++i) {
      if (model_.operations[i].name == history_.function(e)) known = i;
    }
    if (known == unknown_operation) {
      history_.fail(e, names_of(model_) + ", the operations of model " + model_.name, history_.function(e));
    }
    return known;
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
    std::vector<bool> whole(history_.value_count());  // by object: an operation is about more than an element
    for (const call& c : calls_) {
      if (!model_.operations[c.operation].elementwise) whole[c.object] = true;
    }
    linearizability::probe_table numbers;
    std::uint32_t count = 0;
    for (call& c : calls_) {
      const value_id element = whole[c.object] ? null_value : c.argument;
      const std::uint64_t hash = heddle::detail::mix(std::uint64_t{c.object} << 32 | element);
      const auto same = [](std::uint32_t) { return true; };  // mix is a bijection
      c.partition = numbers.find(hash, same);
      if (c.partition != linearizability::probe_table::absent) continue;
      numbers.insert(hash, count);
      c.partition = count++;
    }
  }

  const model& model_;
  history& history_;
  const call_space& space_;
  std::vector<std::uint32_t> operations_;  ///< of the model, by the function's number
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
          .result_id = e.end == outcome::info ? never : c.result,
          .process = e.process};
}

}  // namespace heddle::recorded
