# Databricks notebook source
print("a notebook at the bottom of a deep tree")
