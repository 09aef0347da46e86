// B01 M4: a read may take an uncommitted version, in the hope that its writer will commit; at commit the
// reader fails if that writer has been rolled back. A writer that is still undecided has the benefit of the
// doubt.
//
// Anomaly: circular information flow (G1c): each of two committed transactions has seen the other's write.
//   T1.put(x,1); T2.put(y,2); T1.get(y) = 2; T2.get(x) = 1; commit both
//
// Seen in speculative reads with commit dependencies (Hekaton, early lock release) that do not wait for the
// dependency to resolve.
#pragma once

#include <heddle/targets/mvcc_read_committed/reference.hpp>

namespace heddle::targets::mvcc_read_committed {

class faulty_uncommitted_mutual_read : public reference {
 protected:
  const version* visible(const chain& versions, const transaction& me) override {
    if (versions.versions.empty()) return nullptr;
    const version& newest = versions.versions.back();
    if (newest.committed_at == 0 && newest.id.writer != me.id)
      speculated_[me.id].push_back({&versions, newest.id});
    return &newest;
  }

  bool may_commit(const transaction& me) override {
    const auto mine = speculated_.extract(me.id);
    return mine.empty() || std::all_of(mine.mapped().begin(), mine.mapped().end(), still_there);
  }

 private:
  struct guess {
    const chain* row;  // rows are never erased
    mvcc::version_id seen;
  };

  static bool still_there(const guess& g) {
    return std::any_of(g.row->versions.begin(), g.row->versions.end(),
                       [&](const version& v) { return v.id == g.seen; });
  }

  std::map<mvcc::txn_id, std::vector<guess>> speculated_;
};

}  // namespace heddle::targets::mvcc_read_committed
