#include <algorithm>

#include <heddle/isolation/dependency_graph.hpp>

namespace heddle::isolation {

void dependency_graph::add(const edge& e) {
  auto& edges = out_[e.from];
  if (e.from != e.to && std::find(edges.begin(), edges.end(), e) == edges.end()) edges.push_back(e);
}

dependency_graph dependency_graph::only(const std::function<bool(const edge&)>& keep) const {
  dependency_graph result(size());
  for (std::uint32_t node = 0; node < size(); ++node) {
    std::copy_if(out_[node].begin(), out_[node].end(), std::back_inserter(result.out_[node]), keep);
  }
  return result;
}

dependency_graph dependency_graph::cyclic_part() const {
  dependency_graph part = *this;
  for (bool removed = true; removed;) {
    removed = false;
    std::vector<bool> entered(size(), false);
    for (const auto& edges : part.out_) {
      for (const edge& e : edges) entered[e.to] = true;
    }
    for (std::uint32_t node = 0; node < size(); ++node) {
      auto& edges = part.out_[node];
      const auto leads_nowhere = [&](const edge& e) { return !entered[node] || part.out_[e.to].empty(); };
      removed = std::erase_if(edges, leads_nowhere) != 0 || removed;
    }
  }
  return part;
}

bool dependency_graph::acyclic() const {
  const dependency_graph part = cyclic_part();
  return std::all_of(part.out_.begin(), part.out_.end(), [](const auto& edges) { return edges.empty(); });
}

std::vector<edge> dependency_graph::shortest_cycle(const edge& first, const may_follow& rule) const {
  struct step {
    edge taken;
    std::size_t before;
  };
  // Breadth first over (node, kind of the last edge): a rule looks at nothing else of the walk behind it.
  constexpr std::size_t kinds = 8;
  std::vector<step> steps{{first, 0}};
  std::vector<bool> reached(size() * kinds, false);
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const edge last = steps[at].taken;
    if (last.to == first.from && rule(last, first)) {
      std::vector<edge> cycle;
      for (std::size_t i = at; i != 0; i = steps[i].before) cycle.push_back(steps[i].taken);
      cycle.push_back(first);
      std::reverse(cycle.begin(), cycle.end());
      return cycle;
    }
    for (const edge& next : from(last.to)) {
      const std::size_t kind = 2 * static_cast<std::size_t>(next.what) + (next.by_predicate ? 1 : 0);
      if (reached[next.to * kinds + kind] || !rule(last, next)) continue;
      reached[next.to * kinds + kind] = true;
      steps.push_back({next, at});
    }
  }
  return {};
}

}  // namespace heddle::isolation
