#include <algorithm>
#include <numeric>
#include <tuple>

#include <heddle/isolation/cycle_search.hpp>

namespace heddle::isolation {

cycle_search::cycle_search(const dependency_graph& graph, const graph_view& view)
    : graph_(graph), view_(view), marked_(std::size_t{2} * graph.size(), 0), groups_(graph.groups()) {
  if (view.time == time_order::none) return;
  in_time_.resize(graph.size());
  std::iota(in_time_.begin(), in_time_.end(), 0);
  const auto process = [&](std::uint32_t n) {
    return view.time == time_order::session ? graph.at(n).process : 0;
  };
  std::sort(in_time_.begin(), in_time_.end(), [&](auto a, auto b) {
    return std::tuple(process(a), graph.at(a).invoked, a) < std::tuple(process(b), graph.at(b).invoked, b);
  });
  line_.resize(graph.size());
  for (std::uint32_t i = 0; i < in_time_.size(); ++i) {
    if (i == 0 || process(in_time_[i]) != process(in_time_[i - 1])) line_begin_.push_back(i);
    line_[in_time_[i]] = static_cast<std::uint32_t>(line_begin_.size() - 1);
  }
  lines_.resize(line_begin_.size());
  line_begin_.push_back(graph.size());
}

std::vector<labelled_edge> cycle_search::shortest(std::uint32_t from, const dependency_link& first,
                                                  walk_rule rule, std::uint64_t max_steps) {
  rule_ = rule;
  start(from, first);
  for (std::size_t at = 0; at < steps_.size(); ++at) {
    const labelled_edge last = steps_[at].taken;
    if (last.to == from_ && may_close(last)) return walk_to(at);
    if (followed_ > max_steps) {
      gave_up_ = true;
      return {};
    }
    follow(at);
  }
  return {};
}

void cycle_search::start(std::uint32_t from, const dependency_link& first) {
  from_ = from;
  first_ = first;
  followed_ = 0;
  gave_up_ = false;
  if (++search_ == 0) {  // all numbers have been used
    std::fill(marked_.begin(), marked_.end(), 0);
    std::fill(groups_.begin(), groups_.end(), mark{});
    std::fill(lines_.begin(), lines_.end(), mark{});
    search_ = 1;
  }
  steps_.clear();
  if (first.label.to_group()) {
    for (const std::uint32_t member : graph_.group(first.to))
      if (member != from) steps_.push_back({{from, member, first.label}, 0});
  } else {
    steps_.push_back({{from, first.to, first.label}, 0});
  }
  seeds_ = steps_.size();
}

void cycle_search::follow(std::size_t at) {
  const labelled_edge last = steps_[at].taken;
  for (const dependency_link& next : graph_.from(last.to)) {
    ++followed_;
    if (!view_.has(next.label) || !may_follow(last, next.label.what() == dependency::rw)) continue;
    if (next.label.to_group()) {
      follow_group(at, next);
    } else {
      reach(at, next.to, next.label);
    }
  }
  if (view_.time != time_order::none && may_follow(last, false)) follow_time(at);
}

void cycle_search::reach(std::size_t at, std::uint32_t to, dependency_label label) {
  std::uint32_t& reached = marked_[2 * to + (label.what() == dependency::rw ? 1U : 0U)];
  if (reached == search_) return;
  reached = search_;
  steps_.push_back({{steps_[at].taken.to, to, label}, at});
}

/// The first to follow the group may be a member, which reaches all others; the next one then reaches it.
void cycle_search::follow_group(std::size_t at, const dependency_link& l) {
  mark& m = groups_[l.to];
  if (m.search == search_ && m.reached == 2) return;
  m.reached = m.search == search_ ? 2 : 1;
  m.search = search_;
  const std::uint32_t self = steps_[at].taken.to;
  for (const std::uint32_t member : graph_.group(l.to)) {
    ++followed_;
    if (member != self) reach(at, member, l.label);
  }
}

void cycle_search::follow_time(std::size_t at) {
  const std::uint32_t self = steps_[at].taken.to;
  const auto& node = graph_.at(self);
  if (node.returned == never) return;
  const std::uint32_t line = line_[self];
  mark& m = lines_[line];
  if (m.search != search_) m = {search_, line_begin_[line + 1]};
  const auto begin = in_time_.begin() + line_begin_[line];
  const auto end = in_time_.begin() + m.reached;
  const auto after = std::partition_point(
      begin, end, [&](std::uint32_t n) { return graph_.at(n).invoked <= node.returned; });
  if (after == end) return;
  m.reached = static_cast<std::uint32_t>(after - in_time_.begin());
  tail_.assign(after, end);
  std::sort(tail_.begin(), tail_.end());
  followed_ += tail_.size();
  const auto what = view_.time == time_order::session ? dependency::session : dependency::realtime;
  for (const std::uint32_t n : tail_) reach(at, n, {what, 0});
}

bool cycle_search::is_first(const labelled_edge& e) const {
  return e.from == from_ && e.label == first_.label && (e.to == first_.to || e.label.to_group());
}

bool cycle_search::may_follow(const labelled_edge& last, bool next_is_rw) const {
  switch (rule_) {
    case walk_rule::any:
      return true;
    case walk_rule::rw_apart:
      return !is_rw(last) || !next_is_rw;
    case walk_rule::rw_once:
      return !next_is_rw;
    case walk_rule::rw_pair_at_start:
      return next_is_rw || !is_first(last);
  }
  return false;
}

bool cycle_search::may_close(const labelled_edge& last) const {
  return rule_ == walk_rule::rw_once || may_follow(last, first_.label.what() == dependency::rw);
}

std::vector<labelled_edge> cycle_search::walk_to(std::size_t at) const {
  std::vector<labelled_edge> walk;
  for (; at >= seeds_; at = steps_[at].before) walk.push_back(steps_[at].taken);
  walk.push_back(steps_[at].taken);
  std::reverse(walk.begin(), walk.end());
  return walk;
}

std::vector<labelled_edge> simple_cycle(std::vector<labelled_edge> walk) {
  const auto fits = [](const std::vector<labelled_edge>& w) { return !is_rw(w.back()) || !is_rw(w.front()); };
  for (std::size_t i = 0; i < walk.size(); ++i) {
    for (std::size_t j = i + 1; j < walk.size(); ++j) {
      if (walk[i].from != walk[j].from) continue;
      const auto first = walk.begin() + static_cast<std::ptrdiff_t>(i);
      const auto second = walk.begin() + static_cast<std::ptrdiff_t>(j);
      std::vector<labelled_edge> inner(first, second);
      if (fits(inner)) return simple_cycle(std::move(inner));
      walk.erase(first, second);
      return simple_cycle(std::move(walk));
    }
  }
  return walk;
}

}  // namespace heddle::isolation
