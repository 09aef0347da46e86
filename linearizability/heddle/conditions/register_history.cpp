#include <stdexcept>
#include <utility>

#include <heddle/conditions/causal.hpp>
#include <heddle/conditions/register_history.hpp>
#include <heddle/conditions/session_guarantees.hpp>

namespace heddle::conditions {

namespace {

std::string register_name(const value& key) {
  switch (key.what()) {
    case value::kind::null:
      return "";
    case value::kind::text:
      return key.as_text();
    case value::kind::symbol:
      return key.as_symbol();
    default:
      return "key " + to_text(key);
  }
}

}  // namespace

std::uint32_t register_history::add_process(std::string name) {
  processes_.push_back(std::move(name));
  return static_cast<std::uint32_t>(processes_.size() - 1);
}

void register_history::starts_with(const value& key, const value& content) {
  const std::int64_t k = number(key);
  initial_[k] = number(content);
}

std::uint32_t register_history::read(std::uint32_t process, const std::vector<access>& seen) {
  return add({.process = process}, seen);
}

std::uint32_t register_history::write(std::uint32_t process, const std::vector<access>& written,
                                      bool uncertain) {
  return add({.process = process, .writes = true, .uncertain = uncertain}, written);
}

std::uint32_t register_history::add(register_operation o, const std::vector<access>& accesses) {
  for (const access& a : accesses) {
    const std::int64_t key = number(a.key);
    o.accesses.push_back({key, number(a.content)});
  }
  operations_.push_back(std::move(o));
  return static_cast<std::uint32_t>(operations_.size() - 1);
}

std::int64_t register_history::number(const value& v) {
  const auto [at, fresh] = numbers_.try_emplace(v, static_cast<std::int64_t>(values_.size()));
  if (fresh) values_.push_back(v);
  return at->second;
}

std::int64_t register_history::initial(std::int64_t key) const {
  constexpr std::int64_t never_seen = -1;
  if (const auto told = initial_.find(key); told != initial_.end()) return told->second;
  const auto null = numbers_.find(value());
  return null == numbers_.end() ? never_seen : null->second;
}

std::optional<register_history::ambiguity> register_history::ambiguous() const {
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> written;
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    if (!operations_[i].writes) continue;
    for (const register_access& a : operations_[i].accesses) {
      if (*a.value == initial(a.key)) return ambiguity{i, no_operation};
      const auto [at, fresh] = written.try_emplace({a.key, *a.value}, i);
      if (!fresh) return ambiguity{i, at->second};
    }
  }
  return std::nullopt;
}

std::vector<register_operation> register_history::with_nothing() const {
  std::vector<register_operation> all = operations_;
  for (register_operation& o : all) {
    for (register_access& a : o.accesses) {
      if (!o.writes && *a.value == initial(a.key)) a.value.reset();
    }
  }
  return all;
}

register_names register_history::names() const {
  const auto content = [this](const register_access& a) {
    const std::int64_t n = a.value.value_or(initial(a.key));
    const value v = n < 0 ? value() : values_[static_cast<std::size_t>(n)];
    return v.is(value::kind::null) ? "nothing" : to_text(v);
  };
  return {.process = [this](std::uint32_t p) { return processes_[p]; },
          .key = [this](std::int64_t k) { return register_name(values_[static_cast<std::size_t>(k)]); },
          .value = content};
}

condition_verdict register_history::check(condition c) const {
  if (const auto found = ambiguous())
    throw std::invalid_argument(to_text(operations_, found->write, names()) + ", not for the first time");
  const std::vector<register_operation> all = with_nothing();
  const register_names called = names();
  switch (c) {
    case condition::causal_memory:
      return causal_memory(all, called);
    case condition::causal_convergence:
      return causal_convergence(all, called);
    case condition::causal_consistency:
      return causal_consistency(all, called);
    case condition::read_your_writes:
      return check_sessions(all, {.read_your_writes = true}, called);
    case condition::monotonic_reads:
      return check_sessions(all, {.monotonic_reads = true}, called);
    case condition::monotonic_writes:
      return check_sessions(all, {.monotonic_writes = true}, called);
    case condition::writes_follow_reads:
      return check_sessions(all, {.writes_follow_reads = true}, called);
    default:
      throw std::invalid_argument(name(c) + " is not about registers");
  }
}

}  // namespace heddle::conditions
