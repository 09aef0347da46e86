#include <algorithm>

#include <heddle/picture/diagram.hpp>

namespace heddle::picture {

namespace {

struct pointed {
  double not_before;   ///< the latest invocation up to here in its order
  std::uint32_t rank;  ///< of its order and in it
  const order_step* what;
};

}  // namespace

void place_in_order(diagram& d, std::span<const std::vector<order_step>> orders) {
  std::vector<pointed> all;
  for (const std::vector<order_step>& order : orders) {
    double latest = 0;
    for (const order_step& s : order) {
      latest = std::max(latest, d.bars[s.bar].begin);
      all.push_back({latest, static_cast<std::uint32_t>(all.size()), &s});
    }
  }
  std::sort(all.begin(), all.end(), [](const pointed& a, const pointed& b) {
    return a.not_before != b.not_before ? a.not_before < b.not_before : a.rank < b.rank;
  });
  // Nobody returns between an invocation and the next event: those that share one share that gap.
  for (std::size_t first = 0, last = 0; first < all.size(); first = last) {
    while (last < all.size() && all[last].not_before == all[first].not_before) ++last;
    for (std::size_t i = first; i < last; ++i) {
      const double share = static_cast<double>(i - first + 1) / static_cast<double>(last - first + 1);
      d.bars[all[i].what->bar].placed = {static_cast<std::uint32_t>(i + 1), all[i].not_before + share,
                                         all[i].what->before, all[i].what->after};
    }
  }
}

double last_position(const diagram& d) {
  double last = 0;
  for (const bar& b : d.bars) last = std::max({last, b.begin, b.end.value_or(0)});
  for (const moment& m : d.moments) last = std::max(last, m.at);
  return last;
}

}  // namespace heddle::picture
