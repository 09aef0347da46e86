#include <algorithm>
#include <numeric>
#include <tuple>

#include <heddle/isolation/strong_components.hpp>

namespace heddle::isolation {

namespace {

using node_id = std::uint32_t;

struct arc {
  node_id from;
  node_id to;
};

/// Nodes and arcs without names. Beside the transactions there are auxiliary nodes.
class plain_graph {
 public:
  plain_graph(const dependency_graph& graph, const graph_view& view)
      : graph_(graph), view_(view), size_(graph.size() * (view.rw_apart ? 2 : 1)) {
    add_groups();
    for (node_id n = 0; n < graph.size(); ++n)
      for (const dependency_link& l : graph.from(n))
        if (view.has(l.label)) add(n, l);
    if (view.time == time_order::session) add_sessions();
    if (view.time == time_order::realtime) add_realtime();
    index();
  }

  node_id size() const { return size_; }
  std::size_t arcs_from(node_id n) const { return first_[n]; }
  node_id target(std::size_t a) const { return targets_[a]; }

 private:
  /// Where an rw edge to `n` leads.
  node_id by_rw(node_id n) const { return view_.rw_apart ? n + graph_.size() : n; }

  /// An edge that may follow any other.
  void add_free(node_id from, node_id to) {
    arcs_.push_back({from, to});
    if (view_.rw_apart && from < graph_.size()) arcs_.push_back({from + graph_.size(), to});
  }

  /// Each group gets two chains through its members, so that a member reaches all others but not itself.
  void add_groups() {
    chains_.resize(graph_.groups());
    for (std::uint32_t g = 0; g < graph_.groups(); ++g) {
      const auto members = graph_.group(g);
      const auto count = static_cast<node_id>(members.size());
      chains_[g] = size_;
      size_ += 2 * count;
      for (node_id i = 0; i < count; ++i) {
        const node_id down = chains_[g] + i;
        const node_id up = down + count;
        arcs_.push_back({down, by_rw(members[i])});
        arcs_.push_back({up, by_rw(members[i])});
        if (i > 0) arcs_.push_back({down, down - 1});
        if (i + 1 < count) arcs_.push_back({up, up + 1});
      }
    }
  }

  void add(node_id from, const dependency_link& l) {
    if (l.label.to_group()) return add_to_group(from, l.to);
    if (l.label.what() != dependency::rw) return add_free(from, l.to);
    arcs_.push_back({from, by_rw(l.to)});
  }

  void add_to_group(node_id from, std::uint32_t g) {
    const auto members = graph_.group(g);
    const auto count = static_cast<node_id>(members.size());
    const auto own = std::lower_bound(members.begin(), members.end(), from);
    const auto before = static_cast<node_id>(own - members.begin());
    const node_id after = before + (own != members.end() && *own == from ? 1 : 0);
    if (before > 0) arcs_.push_back({from, chains_[g] + before - 1});
    if (after < count) arcs_.push_back({from, chains_[g] + count + after});
  }

  std::vector<node_id> effective_by(std::uint32_t dependency_graph::node::*first,
                                    std::uint32_t dependency_graph::node::*second) const {
    std::vector<node_id> all;
    for (node_id n = 0; n < graph_.size(); ++n)
      if (graph_.at(n).effective) all.push_back(n);
    std::sort(all.begin(), all.end(), [&](node_id a, node_id b) {
      const auto& x = graph_.at(a);
      const auto& y = graph_.at(b);
      return std::tuple(x.*first, x.*second, a) < std::tuple(y.*first, y.*second, b);
    });
    return all;
  }

  /// From each that returned to the process's next, and to those that begin before that next one returns.
  void add_sessions() {
    using node = dependency_graph::node;
    node_id last = never;
    for (const node_id n : effective_by(&node::process, &node::invoked)) {
      if (last != never && graph_.at(last).process != graph_.at(n).process) last = never;
      if (last != never) add_free(last, n);
      if (graph_.at(n).returned != never) last = n;
    }
  }

  /// A barrier stands between responses and the invocations that follow them.
  void add_realtime() {
    using node = dependency_graph::node;
    const auto begins = effective_by(&node::invoked, &node::returned);
    const auto ends = effective_by(&node::returned, &node::invoked);
    auto end = ends.begin();
    node_id barrier = never;
    for (const node_id n : begins) {
      bool fresh = false;
      for (; end != ends.end() && graph_.at(*end).returned < graph_.at(n).invoked; ++end) {
        if (!fresh) {
          if (barrier != never) arcs_.push_back({barrier, size_});
          barrier = size_++;
          fresh = true;
        }
        add_free(*end, barrier);
      }
      if (barrier != never) arcs_.push_back({barrier, n});
    }
  }

  void index() {
    first_.assign(size_ + 1, 0);
    for (const arc& a : arcs_) ++first_[a.from + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    targets_.resize(arcs_.size());
    std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
    for (const arc& a : arcs_) targets_[next[a.from]++] = a.to;
    arcs_ = {};
  }

  const dependency_graph& graph_;
  const graph_view& view_;
  node_id size_;
  std::vector<node_id> chains_;  ///< first auxiliary node of each group
  std::vector<arc> arcs_;
  std::vector<std::size_t> first_;
  std::vector<node_id> targets_;
};

/// Tarjan's algorithm; the call stack is `path_`.
class component_search {
 public:
  explicit component_search(const plain_graph& graph)
      : graph_(graph), number_(graph.size(), 0), component(graph.size(), never) {
    for (node_id n = 0; n < graph.size(); ++n)
      if (number_[n] == 0) explore(n);
  }

 private:
  struct frame {
    node_id node;
    std::uint32_t lowest;
    std::size_t next_arc;
  };

  void explore(node_id root) {
    enter(root);
    while (!path_.empty()) {
      frame& top = path_.back();
      if (top.next_arc < graph_.arcs_from(top.node + 1)) {
        const node_id to = graph_.target(top.next_arc++);
        if (number_[to] == 0) {
          enter(to);
        } else if (component[to] == never) {
          top.lowest = std::min(top.lowest, number_[to]);
        }
      } else {
        leave();
      }
    }
  }

  void enter(node_id n) {
    number_[n] = ++visited_;
    open_.push_back(n);
    path_.push_back({n, number_[n], graph_.arcs_from(n)});
  }

  void leave() {
    const frame done = path_.back();
    path_.pop_back();
    if (!path_.empty()) path_.back().lowest = std::min(path_.back().lowest, done.lowest);
    if (done.lowest != number_[done.node]) return;
    for (bool last = false; !last;) {
      const node_id n = open_.back();
      open_.pop_back();
      component[n] = components_;
      last = n == done.node;
    }
    ++components_;
  }

  const plain_graph& graph_;
  std::vector<std::uint32_t> number_;  ///< in order of discovery, from 1; 0: not yet
  std::vector<node_id> open_;
  std::vector<frame> path_;
  std::uint32_t visited_ = 0;
  std::uint32_t components_ = 0;

 public:
  std::vector<std::uint32_t> component;
};

}  // namespace

strong_components::strong_components(const dependency_graph& graph, const graph_view& view)
    : view_(view), size_(graph.size()) {
  const plain_graph plain(graph, view);
  component_ = std::move(component_search(plain).component);
  std::vector<bool> met(plain.size(), false);
  // Auxiliary nodes alone never form a circle.
  for (std::uint32_t n = 0; n < component_.size() && !cyclic_; ++n) {
    cyclic_ = met[component_[n]];
    met[component_[n]] = true;
  }
  component_.resize(size_ * (view.rw_apart ? 2 : 1));
}

bool strong_components::on_circle(const labelled_edge& e) const {
  const std::uint32_t to = view_.rw_apart && is_rw(e) ? e.to + size_ : e.to;
  return component_[e.from] == component_[to];
}

std::vector<std::vector<std::uint32_t>> strong_components::circles() const {
  std::vector<std::uint32_t> nodes(size_);
  std::iota(nodes.begin(), nodes.end(), 0);
  std::stable_sort(nodes.begin(), nodes.end(), [&](auto a, auto b) { return component_[a] < component_[b]; });
  std::vector<std::vector<std::uint32_t>> result;
  for (auto begin = nodes.begin(); begin != nodes.end();) {
    const auto end =
        std::find_if(begin, nodes.end(), [&](auto n) { return component_[n] != component_[*begin]; });
    if (end - begin > 1) result.emplace_back(begin, end);
    begin = end;
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return std::pair(a.size(), a.front()) < std::pair(b.size(), b.front());
  });
  return result;
}

}  // namespace heddle::isolation
