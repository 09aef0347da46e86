// What judging recorded histories costs, in itself and beside another checker.
//
//   heddle_recorded_bench FOLDER [TIMES.tsv]
//
// FOLDER has expected.tsv (path, tab, verdict) and the histories that it names, each of a register with
// compare-and-set (etcd/…) or of a key-value map (kv/…). Each is read, then judged over and over, from the
// history in memory to the verdict, nothing being kept from one time to the next; monitor or search as in
// `heddle check`, without an explanation. The least time counts. TIMES.tsv holds the same of another checker
// (path, tab, nanoseconds): then the ratios are printed.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <heddle/recorded/models/models.hpp>

namespace {

using namespace heddle::recorded;
using clock_type = std::chrono::steady_clock;

std::map<std::string, std::string> read_tsv(const std::string& file) {
  std::map<std::string, std::string> rows;
  std::ifstream in(file);
  std::string path;
  std::string text;
  while (in >> path >> text) rows[path] = text;
  if (rows.empty()) {
    std::fprintf(stderr, "%s: nothing to read\n", file.c_str());
    std::exit(2);
  }
  return rows;
}

struct cost {
  double ns = 0;
  judgement found;
};

cost judged(const model& m, const history& h) {
  constexpr std::chrono::milliseconds enough{200};
  constexpr int runs_min = 5;
  cost least;
  const auto start = clock_type::now();
  for (int runs = 0; runs < runs_min || clock_type::now() - start < enough; ++runs) {
    history fresh = h;
    const auto before = clock_type::now();
    judgement j = judge(m, fresh, {.explain = false});
    const std::chrono::duration<double, std::nano> took = clock_type::now() - before;
    if (runs == 0 || took.count() < least.ns) least = {took.count(), std::move(j)};
  }
  return least;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: heddle_recorded_bench FOLDER [TIMES.tsv]\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  std::map<std::string, std::string> others;
  if (argc > 2) others = read_tsv(argv[2]);
  double ours = 0;
  double theirs = 0;
  std::vector<double> ratios;
  for (const auto& [path, verdict] : read_tsv(folder + "/expected.tsv")) {
    const model& m = *find_model(path.starts_with("etcd/") ? "cas-register" : "key-value");
    const cost c = judged(m, read_history(folder + '/' + path));
    const bool ok = c.found.result == heddle::linearizability::outcome::linearizable;
    std::printf("%s\t%.0f\t%s\t%llu steps", path.c_str(), c.ns, c.found.method.c_str(),
                static_cast<unsigned long long>(c.found.steps));
    if (const auto other = others.find(path); other != others.end()) {
      const double ns = std::stod(other->second);
      ours += c.ns;
      theirs += ns;
      ratios.push_back(ns / c.ns);
      std::printf("\t%.1f times faster", ratios.back());
    }
    std::puts(ok == (verdict == "ok") ? "" : "\tWRONG VERDICT");
  }
  if (!ratios.empty()) {
    std::printf("sum of %zu: %.3f ms, theirs %.3f ms, %.1f times faster; median file %.1f times faster\n",
                ratios.size(), ours / 1e6, theirs / 1e6, theirs / ours, median(ratios));
  }
}
