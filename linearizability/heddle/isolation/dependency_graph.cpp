#include <algorithm>
#include <map>
#include <numeric>

#include <heddle/isolation/dependency_graph.hpp>

namespace heddle::isolation {

namespace {

/// Moves the first of each value to the front, in their order; returns how many.
std::size_t keep_first_of_each(std::span<dependency_link> links) {
  const auto number = [](const dependency_link& l) {
    return static_cast<std::uint64_t>(l.to) << 32 | l.label.bits();
  };
  constexpr std::size_t few = 16;  // then comparing all pairs is faster than sorting
  if (links.size() <= few) {
    auto end = links.begin();
    for (const dependency_link& l : links)
      if (std::find(links.begin(), end, l) == end) *end++ = l;
    return static_cast<std::size_t>(end - links.begin());
  }
  std::vector<std::uint32_t> order(links.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return number(links[a]) < number(links[b]); });
  std::vector<bool> first(links.size(), true);
  for (std::size_t i = 1; i < order.size(); ++i) first[order[i]] = links[order[i]] != links[order[i - 1]];
  std::size_t kept = 0;
  for (std::size_t i = 0; i < links.size(); ++i)
    if (first[i]) links[kept++] = links[i];
  return kept;
}

}  // namespace

dependency_graph::dependency_graph(std::vector<node> nodes, const std::vector<labelled_edge>& edges,
                                   const std::vector<std::vector<std::uint32_t>>& groups)
    : nodes_(std::move(nodes)), groups_(groups) {
  add_links(edges);
  remove_duplicates();
}

void dependency_graph::add_links(const std::vector<labelled_edge>& edges) {
  const auto is_loop = [](const labelled_edge& e) { return e.from == e.to && !e.label.to_group(); };
  first_.assign(nodes_.size() + 1, 0);
  for (const labelled_edge& e : edges)
    if (!is_loop(e)) ++first_[e.from + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  links_.resize(first_.back());
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (const labelled_edge& e : edges)
    if (!is_loop(e)) links_[next[e.from]++] = {e.to, e.label};
}

void dependency_graph::remove_duplicates() {
  std::size_t kept = 0;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const std::span<dependency_link> links(links_.data() + first_[n], links_.data() + first_[n + 1]);
    const std::size_t different = keep_first_of_each(links);
    std::move(links.begin(), links.begin() + static_cast<std::ptrdiff_t>(different),
              links_.begin() + static_cast<std::ptrdiff_t>(kept));
    first_[n] = kept;
    kept += different;
  }
  first_[nodes_.size()] = kept;
  links_.resize(kept);
}

dependency_graph dependency_graph::part(std::span<const std::uint32_t> chosen,
                                        std::vector<std::uint32_t>& renamed) const {
  dependency_graph result;
  std::map<std::uint32_t, std::uint32_t> renamed_groups;
  for (std::uint32_t i = 0; i < chosen.size(); ++i) renamed[chosen[i]] = i;
  const auto rename_group = [&](std::uint32_t g) {
    const auto [at, fresh] = renamed_groups.try_emplace(g, result.groups());
    if (!fresh) return at->second;
    auto& members = result.groups_.emplace_back();
    for (const std::uint32_t m : groups_[g])
      if (renamed[m] != never) members.push_back(renamed[m]);
    return at->second;
  };
  result.first_.push_back(0);
  for (const std::uint32_t n : chosen) {
    result.nodes_.push_back(nodes_[n]);
    for (const dependency_link& l : from(n)) {
      const std::uint32_t to = l.label.to_group() ? rename_group(l.to) : renamed[l.to];
      if (to != never) result.links_.push_back({to, l.label});
    }
    result.first_.push_back(result.links_.size());
  }
  for (const std::uint32_t n : chosen) renamed[n] = never;
  return result;
}

}  // namespace heddle::isolation
