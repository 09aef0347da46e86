#include <map>

#include <heddle/isolation/compact_history.hpp>

namespace heddle::isolation {

std::vector<bool> effective_transactions(const compact_history& history) {
  const auto count = static_cast<std::uint32_t>(history.transactions.size());
  std::vector<bool> effective(count);
  std::vector<std::uint32_t> pending;
  const auto promote = [&](std::uint32_t version) {
    if (version == initial_version) return;
    const std::uint32_t writer = history.versions[version].writer;
    if (effective[writer] || history.transactions[writer].end != status::unknown) return;
    effective[writer] = true;
    pending.push_back(writer);
  };
  for (std::uint32_t t = 0; t < count; ++t) {
    effective[t] = history.transactions[t].end == status::committed;
    if (effective[t]) pending.push_back(t);
  }
  for (const compact_order& order : history.orders)
    for (const std::uint32_t v : order.ordered) promote(v);
  while (!pending.empty()) {
    const std::uint32_t t = pending.back();
    pending.pop_back();
    for (const compact_step& s : history.steps_of(t))
      history.for_each_seen(s, [&](std::uint32_t, std::uint32_t v) { promote(v); });
  }
  return effective;
}

std::vector<replacement> replacements(const compact_history& history, const std::vector<bool>& effective) {
  std::vector<replacement> result;
  std::map<std::uint32_t, std::uint32_t> seen;
  for (std::uint32_t t = 0; t < history.transactions.size(); ++t) {
    if (!effective[t]) continue;
    seen.clear();
    for (const compact_step& s : history.steps_of(t)) {
      const bool own = s.what != compact_step::kind::predicate && s.version != initial_version &&
                       history.versions[s.version].writer == t;
      if (s.is_read() && !own) seen[s.key] = s.version;
      if (s.what != compact_step::kind::write || !history.versions[s.version].final) continue;
      if (const auto before = seen.find(s.key); before != seen.end())
        result.push_back({s.key, before->second, s.version});
    }
  }
  return result;
}

}  // namespace heddle::isolation
