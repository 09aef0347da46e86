// Where the command line writes pictures.
#pragma once

#include <string>

#include <heddle/picture/diagram.hpp>

namespace heddle::cli {

/// Names of files; empty: not wanted.
struct picture_files {
  std::string html;
  std::string trace;

  bool none() const { return html.empty() && trace.empty(); }
};

/// Writes what is wanted. Which file cannot be written, empty if all were.
std::string write_pictures(const picture::diagram& d, const picture_files& files);

}  // namespace heddle::cli
