#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include <heddle/isolation/valued_history.hpp>

namespace heddle::isolation {

void valued_history::begin(std::uint32_t process, std::uint32_t invoked, std::uint32_t returned, status end) {
  history.transactions.push_back(
      {process, invoked, returned, static_cast<std::uint32_t>(history.steps.size()), end});
}

void valued_history::write(key_id key, std::int64_t value) {
  const std::uint32_t number = number_of(key);
  history.steps.push_back(
      {compact_step::kind::write, number, static_cast<std::uint32_t>(history.versions.size())});
  history.versions.push_back({number, current()});
  values.push_back(value);
}

void valued_history::read(std::uint32_t key, compact_step::kind what, std::uint32_t version) {
  history.steps.push_back({what, key, version});
}

std::uint32_t valued_history::number_of(key_id key) {
  const auto [at, fresh] = numbers.try_emplace(key, static_cast<std::uint32_t>(history.keys.size()));
  if (fresh) history.keys.push_back(key);
  return at->second;
}

value_index::value_index(const valued_history& all, const std::string& verb)
    : all_(all), sorted_(all.values.size()) {
  const auto& versions = all.history.versions;
  const auto number = [&](std::uint32_t v) { return std::tuple(versions[v].key, all.values[v], v); };
  std::iota(sorted_.begin(), sorted_.end(), 0);
  std::sort(sorted_.begin(), sorted_.end(), [&](auto a, auto b) { return number(a) < number(b); });
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    return versions[a].key == versions[b].key && all.values[a] == all.values[b];
  };
  const auto twice = std::adjacent_find(sorted_.begin(), sorted_.end(), same);
  if (twice == sorted_.end()) return;
  const std::uint32_t again = *(twice + 1);
  throw std::invalid_argument("transaction " + std::to_string(versions[again].writer) + ' ' + verb + ' ' +
                              std::to_string(all.values[again]) + " to key " +
                              std::to_string(all.history.keys[versions[again].key]) + " as transaction " +
                              std::to_string(versions[*twice].writer) +
                              " does: a read would not tell which it saw");
}

const std::uint32_t* value_index::find(std::uint32_t key, std::int64_t value) const {
  const auto number = [&](std::uint32_t v) {
    return std::pair(all_.history.versions[v].key, all_.values[v]);
  };
  const auto at = std::partition_point(sorted_.begin(), sorted_.end(),
                                       [&](std::uint32_t v) { return number(v) < std::pair(key, value); });
  return at != sorted_.end() && number(*at) == std::pair(key, value) ? &*at : nullptr;
}

compact_history outline(const compact_history& history) {
  compact_history result;
  result.keys = history.keys;
  result.transactions = history.transactions;
  result.versions = history.versions;
  result.orders.resize(history.keys.size());
  for (compact_order& order : result.orders) order.known = true;
  std::vector<std::uint32_t> last(history.keys.size(), never);
  for (std::uint32_t v = 0; v < result.versions.size(); ++v) {
    std::uint32_t& before = last[result.versions[v].key];
    if (before != never && result.versions[before].writer == result.versions[v].writer)
      result.versions[before].final = false;
    before = v;
  }
  return result;
}

}  // namespace heddle::isolation
